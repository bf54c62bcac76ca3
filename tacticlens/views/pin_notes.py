"""What a reader must know about pins, in words."""

from __future__ import annotations

from tacticlens.pin import notes as facts
from tacticlens.pin.choices import Conflict, KeyedOp
from tacticlens.words import count


def sentence(note: facts.Note) -> str:  # noqa: C901  one case per note
    """Put a note into words."""
    match note:
        case facts.OtherOrigin("library", pins, here):
            return f"The pins are of TensorRT {pins}, the library here is {here}: keys and hashes do not carry over."
        case facts.OtherOrigin(what, pins, here):
            name = "TensorRT" if what == "tensorrt" else "GPU"
            return f"{name}: the pins are of {pins}, this log is of {here}; hashes do not carry over."
        case Conflict(taken, others):
            more = f" and {len(others) - 1} more" if len(others) > 1 else ""
            return (
                f"Key {taken.key} has several choices: {_choice(taken)} counts, not {_choice(others[-1])}{more}; "
                "--build N selects one build."
            )
        case facts.FastestTaken(operations, of):
            return (
                f"The log does not say what was selected for {operations} of {count(of, 'operation')}: the fastest "
                "tactic is taken."
            )
        case facts.LostPass(keys, of):
            be, they = ("was", "it is") if keys == 1 else ("were", "they are")
            return (
                f"{keys} of {count(of, 'key')} {be} tuned in a pass that the engine was not made of; all passes "
                f"share the cache, so {they} pinned too."
            )
        case facts.KeysWithoutTimes(keys):
            return f"Left out: {count(keys, 'key')} without any tactic that has a time."
        case facts.TablesWithoutKeys(tables):
            return f"Not pinned: {count(tables, 'table')} of evaluated tactics without a key."
        case facts.KeysOfLayers(keys):
            return (
                f"Not pinned: {count(keys, 'key')} of layers tuned by runners; the log does not say which "
                "hash the cache has for them."
            )
        case facts.FleetAgrees(0):
            return "No key of this log has a tactic that most logs of the fleet took; its own choices are pinned."
        case facts.FleetAgrees(keys, of, moved):
            return (
                f"Most logs of the fleet agree on the tactic of {keys} of {count(of, 'key')}; {moved} of these "
                f"pins {'is' if moved == 1 else 'are'} not what this log took."
            )
        case facts.OnlyKernelKept():
            return (
                "same_kernel: the key was not tuned in this build, as for a tactic that is read from the cache, "
                "and the engine has the pinned kernel. Several tactics may share one kernel name."
            )
        case facts.PinAbsent():
            return (
                "absent: the log has neither the key nor a kernel of that operation. If the network still has it, "
                "build with ProfilingVerbosity.DETAILED so that the engine's kernels are in the log."
            )


def _choice(op: KeyedOp) -> str:
    where = f"build {op.build}, " if op.build is not None else ""
    return f"{op.chosen.tactic_hash} ({where}line {op.chosen.line})" if op.chosen else "–"
