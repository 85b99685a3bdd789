"""What the words in front of an equation say of the layer holds for it; words of later sections and asides do not."""

import pytest

import symconv as sc

FIRST = r"""The image $x$ is $3\times3$, the filter $w$ is $2\times2$, stride 1, no padding, the output $y$ is $2\times2$.

$$y_{12} = x_{12}w_{11} + x_{13}w_{12} + x_{22}w_{21} + x_{23}w_{22}$$
"""
PLAIN = r"""
$$\frac{\partial L}{\partial x_{21}} = \frac{\partial L}{\partial y_{11}}w_{21} + \frac{\partial L}{\partial y_{21}}w_{11}$$
"""
PADDED = r"""
$$\frac{\partial L}{\partial x_{11}} = \frac{\partial L}{\partial y_{11}}w_{22} + \frac{\partial L}{\partial y_{12}}w_{21}
+ \frac{\partial L}{\partial y_{21}}w_{12} + \frac{\partial L}{\partial y_{22}}w_{11}$$

$$\frac{\partial L}{\partial x_{11}} = \frac{\partial L}{\partial y_{11}}w_{11}$$
"""


def verdicts(text):
    return [one.verdict for one in sc.check(text).findings if "frac" in one.equation or "y_{" in one.equation]


@pytest.mark.parametrize(
    "words",
    [
        "## Exercise 2\n\nSame image and filter, but zero padding of one pixel, so that $y$ is $4\\times4$.",
        "Now let the padding be 1.",
        "Exercice 2. Maintenant le remplissage vaut 1.",
        "**b)** Jetzt mit Padding 1.",
    ],
)
def test_a_section_that_says_the_layer_anew_is_about_another(words):
    assert verdicts("\n".join(["## Exercise 1", "", FIRST, PLAIN, words, PADDED])) == ["proved"] * 3 + ["refuted"]


@pytest.mark.parametrize(
    "words",
    [
        "In practice one uses a padding of 1.",
        "Had we chosen padding 1, the output would be $4\\times4$.",
        "Usually networks have 64 filters of size $3\\times3$.",
        "In der Praxis nimmt man Padding 1.",
        "Now slide the rotated filter over the gradient with padding 1.",
        "With padding 1 the output would be as large as the image.",
        "## The next layer\n\nThen comes max pooling with stride 2.",
        "### Remark\n\nFor stride 2 the gradient is dilated with zeros.",
    ],
)
def test_what_is_said_of_something_else_changes_nothing(words):
    assert verdicts("\n".join([FIRST, words, PLAIN])) == ["proved", "proved"]
