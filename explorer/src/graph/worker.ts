// Lays out a small graph off the main thread; the page ends it when it takes too long.
import { Graph, layout } from "@dagrejs/dagre";

export interface Wanted { nodes: { id: string; width: number; height: number }[]; edges: { from: string; to: string }[] }
export interface Laid { nodes: { id: string; x: number; y: number }[]; edges: { x: number; y: number }[][]; width: number; height: number }

const scope = self as unknown as { onmessage: (event: MessageEvent<Wanted>) => void; postMessage: (laid: Laid) => void };

scope.onmessage = ({ data }) => {
  const graph = new Graph();
  graph.setGraph({ rankdir: "TB", nodesep: 18, ranksep: 26, marginx: 8, marginy: 8 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of data.nodes) graph.setNode(node.id, { width: node.width, height: node.height });
  for (const edge of data.edges) graph.setEdge(edge.from, edge.to);
  layout(graph);
  const size = graph.graph() as { width?: number; height?: number };
  scope.postMessage({
    nodes: graph.nodes().map((id: string) => ({ id, x: graph.node(id).x ?? 0, y: graph.node(id).y ?? 0 })),
    edges: graph.edges().map((edge) => (graph.edge(edge).points ?? []) as { x: number; y: number }[]),
    width: size.width ?? 0, height: size.height ?? 0,
  });
};
