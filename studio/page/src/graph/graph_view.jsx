export function GraphView() { return <div />; }
