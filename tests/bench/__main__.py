"""`python -m tests.bench [--runs N] [--quick] [--json FILE]`: the speed table, as ratios within this one run.

Programs take turns (A B C, A B C …) and medians are compared, so that the ratios hold on a noisy machine. Exit code 1
when a "must" does not hold.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from tests.bench import dashboard_rows, endpoint_rows
from tests.bench.table import Bench, Row, table

PARTS: dict[str, Callable[[Bench], list[Row]]] = {
    "burst": dashboard_rows.burst,
    "wide": dashboard_rows.wide,
    "small": dashboard_rows.small,
    "steady": dashboard_rows.steady,
    "idle": dashboard_rows.idle,
    "start": dashboard_rows.start,
    "link": dashboard_rows.link,
    "viewers": endpoint_rows.viewers,
    "slow": endpoint_rows.slow,
    "vanish": endpoint_rows.vanish,
    "sse": endpoint_rows.sse,
    "many": dashboard_rows.many_known,
}


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all unless told")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="a tenth of the chunks and one run: does it work at all?")
    parser.add_argument("--json", type=Path, default=Path("bench-results.json"))
    given = parser.parse_args()
    if unknown := set(given.parts) - PARTS.keys():
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    bench = Bench(1 if given.quick else given.runs, 0.1 if given.quick else 1.0)
    rows: list[Row] = []
    for part in given.parts or PARTS:
        print(part, file=sys.stderr, flush=True)
        rows += PARTS[part](bench)
    if bench.accounted:
        figure = f"{bench.accounted:,} published"
        missing = bench.unaccounted
        rows.append(Row("published, but neither shown nor counted as lost", "0", "0", figure, missing, not missing))
    print(table(rows))
    about = {"python": platform.python_version(), "machine": platform.machine(), "runs": given.runs}
    given.json.write_text(json.dumps({"about": about, "rows": [asdict(row) for row in rows]}, indent=1) + "\n")
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
