"""What the repository says of itself: the README's excerpt, the examples, the wheel."""

import re
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

from tests.tools import require

ROOT = Path(__file__).parents[1]


def test_the_excerpt_in_the_readme_is_what_the_gallery_holds():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    gallery = (ROOT / "outputs" / "conv-3x3-2x2.md").read_text(encoding="utf-8")
    quoted = re.sub(r"^> ?", "", readme, flags=re.MULTILINE)
    blocks = re.findall(r"```math\n(.*?)\n```", quoted, flags=re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        assert block in gallery


def test_the_documented_steps_and_displays_exist():
    import symconv as sc

    page = (ROOT / "docs" / "templates.md").read_text(encoding="utf-8")
    layers = [
        sc.Conv((3, 3), (2, 2), bias="map"),
        sc.Conv((6, 6), (3, 3), stride=4),
        sc.Conv((3, 3, 3), (2, 2, 2)),
    ]
    for layer in layers:
        for step in sc.derive(layer).steps:
            (row,) = re.findall(rf"^\| `{step.kind}` \|.*$", page, flags=re.MULTILINE)
            for name in step.displays:
                assert f"`{name}`" in row


def test_the_notebook_runs(monkeypatch):
    require(find_spec("nbclient"), "nbclient, of the extra symconv[notebook]")
    import nbclient
    import nbformat

    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    notebook = nbformat.read(ROOT / "examples" / "compare.ipynb", as_version=4)
    client = nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3")
    client.execute()
    texts = [output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", [])]
    assert any("proved for this shape" in text for text in texts)


def test_the_wheel_holds_the_templates_and_no_caches(tmp_path):
    require(find_spec("hatchling"), "hatchling, to build the wheel without a network")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(tmp_path),
        ".",
    ]
    subprocess.run(command, cwd=ROOT, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "symconv/templates/story.jinja" in names
    assert "symconv/py.typed" in names
    assert not [name for name in names if "__pycache__" in name or name.startswith(("tests", "outputs"))]
