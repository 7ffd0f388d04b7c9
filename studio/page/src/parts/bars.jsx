// SPDX-License-Identifier: Apache-2.0
//
// Groups as bars of what they cost, each with its dollars and its share in figures.
import { money, percent } from '../format.js';
import { Agent } from './small.jsx';

export function Bars({ groups, colored = false }) {
  const most = Math.max(...groups.map((group) => group.cost_usd ?? 0), 1e-12);
  return (
    <div class="bars">
      {groups.map((group) => (
        <div class="line" key={group.name}>
          {colored ? (
            <Agent name={group.name} />
          ) : (
            <span class="cut">{group.name || 'not said'}</span>
          )}
          <span class="num">{money(group.cost_usd)}</span>
          <span class="num faint">{percent(group.share)}</span>
          <div class="meter">
            <i style={{ width: `${((group.cost_usd ?? 0) / most) * 100}%` }} />
          </div>
        </div>
      ))}
    </div>
  );
}
