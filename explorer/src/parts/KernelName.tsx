// A kernel name in pieces, coloured by the role that each plays, and what the name says.
import type { Kernel } from "../contract";

export const ROLES: Record<string, string> = {
  arch: "architecture", library: "library", operation: "operation", types: "types", layout: "layout",
  shape: "tile and pipeline", tensor_core: "Tensor Core instruction", fused: "fused", "": "not decoded",
};

export function KernelName({ kernel, facts = true }: { kernel: Kernel; facts?: boolean }) {
  return (
    <div class="kernel">
      <code>
        {kernel.pieces.map(([role = "", piece = ""], at) => (
          <span key={at} class={role ? `piece ${role}` : ""} title={/^_*$/.test(piece) ? undefined : ROLES[role]}>{piece}</span>
        ))}
      </code>
      {facts && (
        <dl class="facts">
          {kernel.facts.map((fact) => <div key={fact.label}><dt>{fact.label}</dt><dd>{fact.value}</dd></div>)}
        </dl>
      )}
    </div>
  );
}
