"""The documentation site, by ``make docs``: every page of the repository, where it stands."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

from docutils import nodes
from numpydoc.xref import DEFAULT_LINKS
from pygments.lexers.special import TextLexer
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

import deepspectrum_features

project = "deepspectrum_features"
release = deepspectrum_features.__version__

# Pages are read from the root of the repository, so that links between them, and to other files,
# are the same here and where the repository is looked at.
root_doc = "docs/index"
include_patterns = [
    "*.md",
    "data/README.md",
    "deepspectrum_features/encoders/*.md",
    "docs/**.md",
    "docs/**.rst",
]

extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc", "sphinx_copybutton"]
myst_heading_anchors = 4
autodoc_preserve_defaults = True
autodoc_typehints = "none"  # the sections of docstrings name types
default_role = "py:obj"

# Our own classes are links where a docstring names them as types, and nobody else's.
numpydoc_show_class_members = False
numpydoc_xref_param_type = True
numpydoc_xref_ignore = "all"
numpydoc_xref_aliases = {word: word for word in DEFAULT_LINKS} | {
    name: f":obj:`{name}`"
    for room in ("", ".corpus", ".encoder", ".errors", ".extraction", ".baselines.fitted")
    for name in dir(import_module(f"{project}{room}"))
    if name[0].isupper()
}

html_theme = "furo"
html_title = f"{project} {release}"
html_static_path = ["_static"]
html_extra_path = ["_forward"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_copyright = False


def _read_anchors(app: Sphinx, page: str, source: list[str]) -> None:
    """Let links find what a page marks by an anchor of HTML."""
    source[0] = re.sub(r'^<a id="(.*?)"></a>$', r"(\1)=", source[0], flags=re.MULTILINE)


def _find_class(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.Element
) -> nodes.Element | None:
    """Look for a class that a docstring names in all modules."""
    name, python = node["reftarget"], env.get_domain("py")
    if node["refdomain"] != "py" or not name[:1].isupper():
        return None
    node["refspecific"] = True
    place: tuple[Any, ...] = (env, node["refdoc"], app.builder, node["reftype"], name)
    return python.resolve_xref(*place, node, content)


def setup(app: Sphinx) -> None:
    """Read what pages and docstrings have of their own."""
    app.add_lexer("csv", TextLexer)
    app.connect("source-read", _read_anchors)
    app.connect("missing-reference", _find_class)
