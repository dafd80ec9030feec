#!/usr/bin/env python3
"""Fails when a module imports or depends on a floor above it, or imports a module that it does not declare.

Reads the graph from `swift package describe --type json` (standard input) and the imports from the sources.
The floors are those of docs/architecture.md.
"""
import json
import pathlib
import re
import sys

FLOORS = {
    # C shims lie under the rest of floor 0.
    "CZlib": -1, "CPng": -1, "CLAPACK": -1, "CKernels": -1, "CInflate": -1, "CDicom": -1, "CPostgres": -1, "CMalloc": -1, "CSandbox": -1, "CCurl": -1, "Statistics": 0,
    "LinearAlgebra": 0,
    "Federation": 1, "Imaging": 1, "Tables": 1, "Survival": 1.5,
    "Radiomics": 2, "Filters": 2, "Phantom": 2, "Harmonisation": 2, "Learning": 2, "Validation": 2, "Agreement": 2, "Plots": 2,
    "StudyProtocol": 2, "Disclosure": 2.5, "SecureAggregation": 2, "TransparencyLog": 2, "Identity": 2,
    "Extraction": 3, "LocalHarmonisation": 3, "LocalLearning": 3.1, "LocalValidation": 3, "StudyCore": 3.2, "Wire": 3.5, "Simulator": 3.5,
    "Registry": 4, "Transport": 4,
    "CoordinatorServer": 5, "SiteAgent": 5, "Reporting": 5,
    "concord": 6, "concord-agent": 6, "concord-coordinator": 6,
}
# Targets that must never be linked into what the first one is part of, directly or not.
FORBIDDEN = {
    "concord-coordinator": {"Imaging", "Radiomics", "Filters", "Extraction", "Phantom", "CDicom", "SiteAgent"},
    "concord-agent": {"Registry", "CPostgres", "CoordinatorServer"},
    "concord": {"Radiomics", "Filters", "Extraction", "Registry", "CPostgres", "SiteAgent", "CoordinatorServer"},
}
IMPORT = re.compile(
    r"^[ \t]*(?:@\w+[ \t]+)?(?:(?:public|package|internal|private|fileprivate)[ \t]+)?import[ \t]+(?:\w+[ \t]+)?(\w+)", re.M)


def main() -> int:
    package = json.load(sys.stdin)
    root = pathlib.Path(package["path"])
    targets = {target["name"]: target for target in package["targets"]}
    own = {name for name in targets}
    faults = []
    for name, target in targets.items():
        # Tests and their kit have no floor, but a clean build fails where they do not declare what they import.
        free = target["type"] == "test" or name == "TestKit"
        if not free and name not in FLOORS:
            faults.append(f"{name}: has no floor; add it to docs/architecture.md and deploy/lint/check-floors.py")
            continue
        declared = set(target.get("target_dependencies", []))
        for dependency in declared if not free else ():
            if FLOORS.get(dependency, -2) >= FLOORS[name]:
                faults.append(f"Package.swift: {name} (floor {FLOORS[name]}) depends on {dependency}, which is not below")
        for source in target["sources"]:
            path = root / target["path"] / source
            if path.suffix != ".swift":
                continue
            for module in IMPORT.findall(path.read_text(encoding="utf-8")):
                if module in own and module not in declared and module != name:
                    faults.append(f"{path.relative_to(root)}: imports {module}, which {name} does not declare")
                if not free and module in FLOORS and FLOORS[module] >= FLOORS[name] and module != name:
                    faults.append(f"{path.relative_to(root)}: imports {module} from a floor that is not below {name}")
    for name, forbidden in FORBIDDEN.items():
        reached, stack = set(), [name]
        while stack:
            for dependency in targets.get(stack.pop(), {}).get("target_dependencies", []):
                if dependency not in reached:
                    reached.add(dependency)
                    stack.append(dependency)
        for module in sorted(reached & forbidden):
            faults.append(f"Package.swift: {name} must not link {module}")
    for fault in sorted(set(faults)):
        print(fault, file=sys.stderr)
    print(f"floors: {len(targets)} targets, {len(set(faults))} faults", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
