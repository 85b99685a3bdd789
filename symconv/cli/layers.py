"""The layers that commands take: their options, and the layer that these describe.

One entry of `LAYERS` for each kind of layer. The classes are loaded when a command runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import click

from symconv.cli.options import names_from

Option = Callable[[Any], Any]

SIZES = ("input", "filter", "stride", "dilation", "window", "output", "output_padding")
"""Options that hold one whole number an axis."""


@dataclass(frozen=True, slots=True)
class LayerCommand:
    """A layer on the command line: the name of its class in `symconv`, what it is, its options and examples.

    Options are named as the fields of the class.
    """

    made: str
    help: str
    options: Sequence[Option]
    examples: Sequence[str] = ()


def option(name: str, default: Any, help: str, **more: Any) -> Option:
    """An option whose default is shown."""
    return click.option(f"--{name}", default=default, show_default=True, help=help, **({"metavar": "N"} | more))


def required(name: str, help: str, **more: Any) -> Option:
    return click.option(f"--{name}", required=True, help=help, **({"metavar": "SIZES"} | more))


INPUT = required("input", "Input size, such as 3x3, 5 or 4x4x4.")
STRIDE = option("stride", "1", "One number, or one an axis: 2x1.")
DILATION = option("dilation", "1", "One number, or one an axis.")
BATCH = option("batch", 1, "Examples in the batch.")
BIAS = click.option("--bias", type=click.Choice(["map", "entry"]), help="One bias a map, or one an output entry.")
MAPS = (
    option("in-channels", 1, "Input channels."),
    option("out-channels", 1, "Output channels."),
    option("groups", 1, "Groups of channels."),
    BATCH,
    BIAS,
)
POOL = (
    required("window", "Window size, as many numbers as the input has, or all for the whole input."),
    click.option("--stride", metavar="N", help="One number, or one an axis; without it, the window's size."),
    option("padding", "0", "1, 1x0 an axis, 0:1x0:1 before:after, valid, same, same-fixed or full."),
    click.option("--ceil-mode", is_flag=True, help="A last window may reach beyond the padded input."),
)
POOL_MAPS = (option("channels", 1, "Channels, each pooled by itself."), BATCH)
FILTER = required("filter", "Filter size, as many numbers as the input has.")

CLASSES = required("inputs", "Number of features of an example.", metavar="N", type=int)
MEAN = click.option("--mean/--no-mean", default=True, show_default=True, help="The loss is the mean over the batch.")
AT_ZERO = click.option("--at-zero", metavar="N", help="The derivative's value at 0, by convention: 0, 1 or a fraction.")
ENTRYWISE = (
    ("relu", "ReLU", "The positive part", (option("at-zero", "0", "The derivative's value at 0, by convention."),)),
    ("leaky-relu", "LeakyReLU", "The positive part, and a small multiple of the negative one",
     (option("slope", "1/100", "The slope below 0."), AT_ZERO)),
    ("sigmoid", "Sigmoid", "The logistic function", ()),
    ("tanh", "Tanh", "The hyperbolic tangent", ()),
    ("softplus", "Softplus", "log(1 + e^z)", ()),
    ("silu", "SiLU", "z times its sigmoid", ()),
    ("gelu", "GELU", "z times the normal distribution function", ()),
)  # fmt: skip
"""Kind, class, what it is, and the options that only it has."""

LAYERS: Mapping[str, LayerCommand] = {
    "conv": LayerCommand(
        "Conv",
        "A convolution in 1 to 3 dimensions.",
        (
            INPUT,
            FILTER,
            STRIDE,
            option("padding", "0", "1, 1x0 an axis, 0:1x0:1 before:after, valid, same, same-fixed or full."),
            DILATION,
            *MAPS,
            option("convention", "correlation", "Whether the filter slides as it is or reversed.", metavar=None,
                   type=click.Choice(["correlation", "convolution"])),
        ),
        ("symconv derive conv --input 3x3 --filter 2x2",
         "symconv derive conv --input 5x5 --filter 3x3 --stride 2 --padding 1 -o conv.tex",
         "symconv derive conv --general --stride 2"),
    ),
    "conv-transpose": LayerCommand(
        "ConvTranspose",
        "A transposed convolution in 1 to 3 dimensions.",
        (
            INPUT,
            FILTER,
            STRIDE,
            option("padding", "0", "What is cut off the output: 1, 1x0 an axis, 0:1x0:1 before:after, valid or full."),
            option("output-padding", "0", "Entries added at the end, below the larger of stride and dilation."),
            DILATION,
            *MAPS,
        ),
        ("symconv derive conv-transpose --input 2x2 --filter 3x3 --stride 2 --output-padding 1",),
    ),
    "dense": LayerCommand(
        "Dense",
        "A dense (fully connected) layer.",
        (
            required("inputs", "Number of inputs.", metavar="N", type=int),
            required("outputs", "Number of outputs.", metavar="N", type=int),
            BATCH,
            click.option("--bias/--no-bias", default=True, show_default=True, help="Whether each output has a bias."),
            option("convention", "columns", "Whether an example is a column (Z = W A + b) or a row (Z = A Wᵀ + b).",
                   metavar=None, type=click.Choice(["columns", "rows"])),
        ),
        ("symconv derive dense --inputs 4 --outputs 3",),
    ),
    "flatten": LayerCommand(
        "Flatten",
        "Each example written as a vector, row by row.",
        (INPUT, option("channels", 1, "Channels of the input."), BATCH),
        ("symconv derive flatten --input 2x3",),
    ),
    "max-pool": LayerCommand(
        "MaxPool",
        "Max pooling in 1 to 3 dimensions.",
        (
            INPUT,
            *POOL,
            DILATION,
            *POOL_MAPS,
            option("ties", "first", "Who takes the gradient where the maximum stands several times.", metavar=None,
                   type=click.Choice(["first", "all", "split"])),
            click.option("--argmax", metavar="P;P;...",
                         help="An assumed choice: for each output, row by row, the position in the input, as printed."),
        ),
        ("symconv derive max-pool --input 5x5 --window 3x3 --stride 2 --padding 1",
         'symconv derive max-pool --input 4x4 --window 2x2 --argmax "1,2;2,3;3,1;4,4"'),
    ),
    "avg-pool": LayerCommand(
        "AvgPool",
        "Average pooling in 1 to 3 dimensions.",
        (
            INPUT,
            *POOL,
            option("divisor", "real", "Entries of the input in the window (real), of the padded one (window), or N."),
            *POOL_MAPS,
        ),
        ("symconv derive avg-pool --input 5x5 --window 3x3 --stride 2 --padding 1",
         "symconv derive avg-pool --input 4x4 --window all"),
    ),
    "adaptive-avg-pool": LayerCommand(
        "AdaptiveAvgPool",
        "Average pooling to an output of a given size.",
        (
            INPUT,
            click.option("--output-size", "output", required=True, metavar="SIZES",
                         help="Output size, as many numbers as the input has."),
            *POOL_MAPS,
        ),
        ("symconv derive adaptive-avg-pool --input 5x7 --output-size 2x3",),
    ),
    **{
        kind: LayerCommand(
            made,
            f"{what}, entry by entry.",
            (
                click.option("--input", metavar="SIZES", help="Input size, such as 3x3, 5 or 4x4x4."),
                click.option("--inputs", type=int, metavar="N", help="Number of features, instead of --input."),
                option("channels", 1, "Channels of the input."),
                BATCH,
                *own,
            ),
            (f"symconv derive {kind} --input 2x2",),
        )
        for kind, made, what, own in ENTRYWISE
    },
    "softmax": LayerCommand(
        "Softmax", "Softmax over the features of each example.", (CLASSES, BATCH),
        ("symconv derive softmax --inputs 3",),
    ),
    "mse": LayerCommand(
        "MSE",
        "The squared error of predictions.",
        (
            CLASSES, BATCH, MEAN,
            option("factor", "half", "What stands before the sum of squares: 1/2, 1 over the outputs, or nothing.",
                   metavar=None, type=click.Choice(["half", "mean", "none"])),
        ),
        ("symconv derive mse --inputs 3 --batch 4 --factor mean",),
    ),
    "bce": LayerCommand(
        "BinaryCrossEntropy",
        "Binary cross-entropy of probabilities.",
        (
            option("inputs", 1, "Number of outputs."), BATCH, MEAN,
            click.option("--sigmoid", is_flag=True, help="The input goes through a sigmoid first."),
        ),
        ("symconv derive bce --sigmoid --batch 4",),
    ),
    "cross-entropy": LayerCommand(
        "CrossEntropy",
        "Cross-entropy of class probabilities.",
        (
            CLASSES, BATCH, MEAN,
            click.option("--softmax", is_flag=True, help="The input goes through a softmax first."),
            option("targets", "one-hot", "One true class of each example, or any weights.", metavar=None,
                   type=click.Choice(["one-hot", "soft"])),
        ),
        ("symconv derive cross-entropy --inputs 3 --softmax",),
    ),
    "batch-norm": LayerCommand(
        "BatchNorm",
        "Batch normalisation in training.",
        (
            click.option("--input", metavar="SIZES", help="Input size, such as 3x3; left out for features."),
            option("channels", 1, "Channels, each normalised by itself."),
            BATCH,
        ),
        ("symconv derive batch-norm --batch 4", "symconv derive batch-norm --input 3x3 --channels 2 --batch 4"),
    ),
    "layer-norm": LayerCommand(
        "LayerNorm", "Layer normalisation of each example.", (CLASSES, BATCH),
        ("symconv derive layer-norm --inputs 4",),
    ),
    "graph": LayerCommand(
        "Graph.read",
        "A scalar computed from scalars, as a formula.",
        (
            click.argument("text"),
            click.option("--at", multiple=True, metavar="X=N,...",
                         help="A number for each variable: whole ones, fractions 1/3, decimals 0.1. Repeatable."),
        ),
        ('symconv derive graph "f = (x + y) * z" --at x=-2,y=5,z=-4',
         'symconv derive graph "s = w * x + b; f = sigmoid(s)"'),
    ),
    "network": LayerCommand(
        "Network.read",
        "A whole network, described in a TOML file.",
        (click.argument("file"),),
        ("symconv derive network lenet.toml",),
    ),
}  # fmt: skip


def commands(options: Sequence[Option], run: Callable[..., Any]) -> Mapping[str, Callable[[], click.Command]]:
    """For each kind of layer what makes its command: `run` is given the layer's class name and fields, and the rest."""
    return {name: lambda known=known, name=name: _command(name, known, options, run) for name, known in LAYERS.items()}  # type: ignore[misc]


def _command(name: str, known: LayerCommand, options: Sequence[Option], run: Callable[..., Any]) -> click.Command:
    def callback(**values: Any) -> Any:
        fields = {each.name for each in layer_command.params[: len(known.options)]}
        described = {field: value for field, value in values.items() if field in fields}
        if described.get("argmax") is not None:
            from symconv.layers.masks import parse_argmax

            base = values.get("index_base")
            described["argmax"] = parse_argmax(described["argmax"], 1 if base is None else base)
        return run(layer_from(known, described), **{key: value for key, value in values.items() if key not in fields})

    function: Any = callback
    for each in reversed((*known.options, *options)):
        function = each(function)
    shown = f"\b\n{chr(10).join(known.examples)}" if known.examples else ""
    layer_command = click.command(name, help=f"{known.help}\n\n{shown}")(function)
    return layer_command


def layer_from(known: LayerCommand, options: Mapping[str, Any]) -> Any:
    """The layer that the options describe."""
    import symconv

    parsed = {name: _parsed(name, value) for name, value in options.items()}
    return attrgetter(known.made)(symconv)(**parsed)


def _parsed(name: str, value: Any) -> Any:
    """The value of a field for the text of an option."""
    from symconv.layers.sizes import parse_padding, parse_sizes

    if not isinstance(value, str):
        return value
    if name == "padding":
        return parse_padding(value)
    if name == "divisor":
        return int(value) if value.isascii() and value.isdigit() else value
    if value == "all":
        return value
    return parse_sizes(name.replace("_", " "), value) if name in SIZES else value


def derivation_of(layer: Any, options: dict[str, Any]) -> Any:
    """The derivation with the style that the options ask for; they are taken out of the dictionary."""
    from symconv.compose import derive

    names = names_from(options.pop("names"))
    style = {name: options.pop(name) for name in ("index_base", "batch_mean")}
    return derive(layer, names=names, **style)
