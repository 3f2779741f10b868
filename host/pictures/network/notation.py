"""Symbols along edges: rule, constraints, weights and delays (Senk et al. 2022, Fig 7 and text).

Rules: one-to-one delta, all-to-all Omega, explicit X, pairwise Bernoulli p, fixed total number
N_syn, fixed in-degree K_in, fixed out-degree K_out. A and M: autapses and multapses allowed; struck
out: prohibited. An overline: the same for all; a tilde: drawn from a distribution; w(t): plastic.
"""

from xml.sax.saxutils import escape

from host.networks.description import ProjectionDescription, ValueDescription

__all__ = ["DISTRIBUTIONS", "RULES", "rule_words", "symbols", "value_words"]

NBSP = "\u00a0"
"""A space at which no line ends."""
RULES = {
    "one_to_one": ("\u03b4", "", "one-to-one"),
    "all_to_all": ("\u03a9", "", "all-to-all"),
    "explicit_list": ("X", "", "explicit"),
    "pairwise_bernoulli": ("p", "", "pairwise Bernoulli"),
    "fixed_total_number": ("N", "syn", "random, fixed total number"),
    "fixed_in_degree": ("K", "in", "random, fixed in-degree"),
    "fixed_out_degree": ("K", "out", "random, fixed out-degree"),
}
"""Symbol, its index and name of each rule."""
DISTRIBUTIONS = {
    "normal": "\U0001d4a9",
    "clipped_normal": "\U0001d4a9",
    "uniform": "\U0001d4b0",
    "exponential": "Exp",
    "log_normal": "LogN",
    "listed": "X",
}
"""Symbols of distributions."""


def symbols(projection: ProjectionDescription, *, has_values: bool = True) -> str:
    """Annotation of an edge as the content of an SVG text element.

    Parameters
    ----------
    projection : ProjectionDescription
    has_values : bool
        Whether weights and delays are told, too.
    """
    letter, index, _ = RULES.get(projection.rule, (projection.rule, "", ""))
    spans = [_italic(letter) + _below(index)]
    if projection.is_recurrent or projection.allow_autapses is False:
        spans += _constraint("A", projection.allow_autapses)
    spans += _constraint("M", projection.allow_multapses)
    if has_values:
        is_plastic = projection.plasticity is not None
        spans += [_value("w(t)" if is_plastic else "w", projection.weight)]
        spans += [_value("d", projection.delay)]
    return "  ".join(spans)


def _italic(letter: str) -> str:
    return f'<tspan font-style="italic">{escape(letter)}</tspan>'


def _below(index: str) -> str:
    if not index:
        return ""
    raised = '<tspan dy="-0.2em">\u200b</tspan>'
    return f'<tspan dy="0.28em" font-size="75%">{escape(index)}</tspan>{raised}'


def _constraint(letter: str, allowed: bool | None) -> list[str]:
    if allowed is None:
        return []
    if allowed:
        return [_italic(letter)]
    return [f'<tspan font-style="italic" text-decoration="line-through">{letter}</tspan>']


def _value(letter: str, value: ValueDescription) -> str:
    if value.distribution == "constant":
        return f'<tspan font-style="italic" text-decoration="overline">{escape(letter)}</tspan>'
    drawn = DISTRIBUTIONS.get(value.distribution, "D")
    return f"{_italic(letter)}\u202f~\u202f{escape(drawn)}"


def rule_words(projection: ProjectionDescription) -> str:
    """Rule of a projection in words, as in ``random, fixed in-degree, K_in = 100``."""
    letter, index, name = RULES.get(projection.rule, ("", "", projection.rule.replace("_", " ")))
    symbol = f"{letter}_{index}" if index else letter
    values = projection.rule_parameters.values()
    numbers = [f"{v:,}" if isinstance(v, int) else f"{v:.6g}" for v in values]
    has_number = numbers and letter != "X"
    words = f"{name}, {symbol}{NBSP}={NBSP}{numbers[0]}" if has_number else name
    allowed = (("autapses", projection.allow_autapses), ("multapses", projection.allow_multapses))
    prohibited = [what for what, is_allowed in allowed if is_allowed is False]
    return f"{words}, no {' or '.join(prohibited)}" if prohibited else words


def value_words(value: ValueDescription) -> str:
    """Weights or delays in words, as in ``0.0878 +- 0.00878 nA``."""
    unit = f"{NBSP}{value.unit}"
    if value.distribution == "constant":
        return f"{value.mean:.4g}{unit}"
    kind = value.distribution.replace("_", " ")
    return f"{value.mean:.3g}{NBSP}\u00b1{NBSP}{value.sd:.2g}{unit} ({kind})"
