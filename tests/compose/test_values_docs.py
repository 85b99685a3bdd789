"""What `docs/values.md` says of files and of Python is so."""

import re
from fractions import Fraction
from pathlib import Path

import symconv as sc

PAGE = (Path(__file__).parents[2] / "docs" / "values.md").read_text(encoding="utf-8")


def block(language, number=0):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)[number]


def test_the_lines_of_python():
    names = {}
    exec(block("python"), names)
    assert names["working"].arrays["O"].tolist() == [Fraction(-3, 2), -3]
    assert names["working"].arrays["dX"].tolist() == [Fraction(1, 2), -1, 0]
    assert all(found.agrees for found in names["working"].evidence)


def test_the_file_of_a_layer(tmp_path):
    path = tmp_path / "numbers.toml"
    path.write_text(block("toml"), encoding="utf-8")
    arrays = sc.derive(sc.Conv((3, 3), (2, 2))).worked(path, evidence=()).arrays
    assert arrays["O"].tolist() == [[7, Fraction(19, 2)], [Fraction(29, 2), Fraction(17, 2)]]


def test_the_file_of_a_network(tmp_path):
    path = tmp_path / "numbers.toml"
    path.write_text(block("toml", 1), encoding="utf-8")
    network = sc.Network(
        [sc.Conv(filter=(2, 2), bias="map"), sc.Flatten(), sc.Sigmoid(), sc.BinaryCrossEntropy()], input=(1, 2, 2)
    )
    arrays = sc.derive(network).worked(path, evidence=()).arrays
    assert arrays["conv1.O"].tolist() == [[Fraction(22, 3)]]
