#!/bin/sh
# Build the wheel, install it into an empty environment elsewhere, and run it in an empty folder, where nothing of this
# checkout can be found. `make wheel` runs this; argument: the Python to make the environment with (default python3).
set -eu

python=${1:-python3}
repository=$(cd "$(dirname "$0")/../.." && pwd)
builder="$repository/.venv/bin/python"
[ -x "$builder" ] || { echo "run: make wheel (it makes .venv first)" >&2; exit 1; }

elsewhere=$(mktemp -d)
trap 'rm -rf "$elsewhere"' EXIT
trap 'exit 130' INT TERM

rm -rf "$repository/dist"
"$builder" -m build --wheel --outdir "$repository/dist" "$repository" > "$elsewhere/build.log" 2>&1 ||
    { cat "$elsewhere/build.log" >&2; exit 1; }
set -- "$repository"/dist/accord_exchange-*.whl
[ $# -eq 1 ] && [ -f "$1" ] || { echo "one wheel was expected in dist" >&2; exit 1; }

"$python" -m venv "$elsewhere/venv"
"$elsewhere/venv/bin/python" -m pip install --quiet --disable-pip-version-check "$1"
mkdir "$elsewhere/empty"
cd "$elsewhere/empty"
unset PYTHONPATH ACCORD_HOME ACCORD_PASSPHRASE 2> /dev/null || true
accord="$elsewhere/venv/bin/accord"

# One name is installed, its data inside, and it is not the checkout that answers.
"$elsewhere/venv/bin/python" - "$elsewhere" <<'PYTHON'
import sys
from importlib.metadata import distribution
from pathlib import Path

import accord
from accord import catalog

inside = Path(sys.argv[1]).resolve()
assert Path(accord.__file__).resolve().is_relative_to(inside), "accord comes from somewhere else"
for folder in (catalog.schemas(), catalog.projections(), catalog.examples()):
    assert folder.resolve().is_relative_to(inside) and any(folder.iterdir()), f"{folder.name} is not in the wheel"
files = distribution("accord-exchange").files or []
tops = {file.parts[0] for file in files if file.parts[0] != ".."}
assert {top for top in tops if not top.endswith(".dist-info")} == {"accord"}, tops
assert any(file.name == "py.typed" for file in files), "py.typed is not in the wheel"
PYTHON

"$accord" schemas check
"$accord" demo --example walkthrough --cases 3 --json > demo.json
"$elsewhere/venv/bin/python" - <<'PYTHON'
import json

said = json.load(open("demo.json", encoding="utf-8"))
assert said["verified"] is True, "the demonstration did not verify"
assert said["emitted"] > 0 and said["cases"] > 0, "the demonstration emitted nothing"
print(f"the wheel works elsewhere: {said['emitted']} events of {said['cases']} cases emitted and verified")
PYTHON
[ "$(ls -A | tr '\n' ' ')" = "demo demo.json " ] || { echo "more was left behind than the demonstration: $(ls -A)" >&2; exit 1; }
