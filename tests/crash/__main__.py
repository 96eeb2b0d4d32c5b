"""``python -m tests.crash``: kill the engine at every boundary, recover, and let the oracle judge.

Exit 0 when all is well, 1 when an invariant broke or a boundary did not fire, 2 when the set of boundaries is not the
committed one (``--regenerate`` writes it).
"""

from __future__ import annotations

import argparse
import gc
import json
import shutil
import sys

from tests.crash import campaign


def main() -> int:
    """Run the campaign; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--sample", type=float, metavar="SECONDS", help="a spread that fits in so long")
    parser.add_argument("--list", action="store_true", help="print the boundaries of the dry run")
    parser.add_argument("--regenerate", action="store_true", help="write the boundaries of the dry run")
    parser.add_argument("--only", metavar="NAME", help="only boundaries whose name begins so")
    parser.add_argument("--quick", action="store_true", help="a few cases, told as JSON")
    given = parser.parse_args()
    if sys.platform != "linux":
        print("the crash harness needs Linux: a subreaper and /proc")
        return 2
    root = campaign.scratch()
    template, reference = campaign.dry_run(root)
    names = reference.boundaries
    if given.list or given.regenerate:
        if given.regenerate:
            campaign.COMMITTED.write_text("".join(f"{name}\n" for name in sorted(names)))
        else:
            print("\n".join(names))
        shutil.rmtree(root)
        return 0
    if difference := campaign.difference(names):
        print("\n".join(difference))
        print("the boundaries differ from tests/crash/boundaries.txt; when that is meant:")
        print("python -m tests.crash --regenerate")
        shutil.rmtree(root)
        return 2
    gc.collect()
    gc.freeze()
    if given.quick:
        few = campaign.carry_out(
            campaign.quick(template, reference), root, seconds=None, tell=lambda line: None
        )
        print(json.dumps({"boundaries": names, "outcomes": few.outcomes}))
        shutil.rmtree(root)
        return 0
    todo = campaign.plan(template, reference, only=given.only or "")
    total = campaign.carry_out(todo, root, seconds=given.sample, tell=lambda line: print(line, flush=True))
    campaign.clean(root, total)
    short = total.boundaries < total.planned
    print(
        f"{len(names)} boundaries, {total.fired} of {total.planned} points fired"
        + (f" ({total.boundaries} in the time given)" if short else "")
        + f", {total.kills} kills, {total.cases} cases ({total.same} kills left what another had left), "
        f"{len(total.violations)} violations, "
        f"{total.seconds:.0f} s"
    )
    if total.violations:
        print(f"what the failed cases left is in {root}")
    complete = total.fired == total.boundaries and (given.sample is not None or not short)
    return 0 if not total.violations and complete else 1


if __name__ == "__main__":
    sys.exit(main())
