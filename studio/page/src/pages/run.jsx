export function RunPage() { return <div class="page" />; }
