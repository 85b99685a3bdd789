"""What `docs/networks.md` says of files and of Python is so."""

import re
from pathlib import Path

import symconv as sc
from symconv.layers.catalogue import CLASSES
from symconv.network.modules import KNOWN
from tests.network.networks import first_network
from tests.oracles import needs

PAGE = (Path(__file__).parents[2] / "docs" / "networks.md").read_text(encoding="utf-8")


def block(language, number=0):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)[number]


def test_the_file(tmp_path):
    path = tmp_path / "network.toml"
    path.write_text(block("toml"), encoding="utf-8")
    assert sc.Network.read(path) == first_network()


def test_the_lines_of_python():
    names = {}
    exec(re.sub(r"^sc\.derive.*", "", block("python"), flags=re.MULTILINE), names)
    assert names["network"] == first_network()


def test_the_module():
    needs("torch")
    names = {"sc": sc}
    exec(block("python", 1), names)
    assert names["network"].names == ("conv1", "relu1", "pool1", "flatten1", "dense1")


def test_every_kind_and_every_module_is_named():
    assert not [kind for kind in CLASSES if f"`{kind}`" not in PAGE]
    assert not [name for name in KNOWN if f"`{name}" not in PAGE]
