"""A student of images as an ONNX model of an image's pixels: what `mollia.encode.pixels` measures, and the head.

Sums of colours and differences of neighbours are whole numbers that float32 holds exactly, so that an even picture has no edges here either.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mollia.arrays import Floats
from mollia.encode.pixels import CELLS, COLOUR_SHARE, DIRECTIONS, SIDE
from mollia.portable.graph import Graph, write_features
from mollia.student.softmax_head import Head

INPUT = "pixels"  # (n, SIDE, SIDE, 3), from 0 to 255


def write_pixels(head: Head, classes: Sequence[str], folder: Path) -> None:
    """Write the files of a student of images to an empty folder."""
    graph = Graph()
    colours, edges = _halves(graph)
    halves = ((colours, COLOUR_SHARE), (edges, 1 - COLOUR_SHARE))
    at, scores = 0, []
    for half, share in halves:
        width = CELLS * CELLS * (3 if half == colours else DIRECTIONS)
        coef = np.sqrt(share) * head.coef[at : at + width]
        scores.append(graph("MatMul", graph.unit(half), graph.constant(coef)))
        at += width
    graph.end(graph("Add", *scores), head.intercept)
    graph.write(graph.model(graph.inputs(SIDE, SIDE, 3, **{INPUT: np.uint8}), len(classes)), folder)
    write_features(folder, classes, pixels=[SIDE, SIDE])


def _halves(graph: Graph) -> tuple[str, str]:
    """Return the colours (n, 192) and the edges (n, 576), each in a unit of its own."""
    cells = _in_cell()
    flat = graph.shaped(graph.floats(INPUT), 0, SIDE * SIDE, 3)
    about_mean = CELLS * CELLS * cells - cells.sum(0)
    colours = graph.shaped(graph("MatMul", graph.constant(about_mean), flat), 0, -1)
    grey = graph("MatMul", flat, graph.constant(np.ones((3, 1))))  # (n, 1024, 1)
    image = graph.shaped(grey, 0, SIDE, SIDE)
    step = _differences()
    down = graph.shaped(graph("MatMul", graph.constant(step), image), 0, -1, 1)
    right = graph.shaped(graph("MatMul", image, graph.constant(step.T)), 0, -1, 1)
    squares = [graph("Mul", each, each) for each in (down, right)]
    strength = graph("Sqrt", graph("Add", *squares))
    weights = _near_bins(graph, _turn(graph, down, right))  # (n, 1024, 9)
    histogram = graph("MatMul", graph.constant(cells), graph("Mul", strength, weights))
    return colours, graph("Sqrt", graph.shaped(histogram, 0, -1))


def _turn(graph: Graph, down: str, right: str) -> str:
    """Return the direction of edges without their sign, from 0 to DIRECTIONS for a half turn."""
    upright = graph("Equal", right, graph.constant(0.0))
    slope = graph("Div", down, graph("Where", upright, graph.constant(1.0), right))
    angle = graph("Where", upright, graph.constant(np.pi / 2), graph("Atan", slope))
    below = graph("Less", angle, graph.constant(0.0))
    positive = graph("Where", below, graph("Add", angle, graph.constant(np.pi)), angle)
    return graph("Mul", positive, graph.constant(DIRECTIONS / np.pi))


def _near_bins(graph: Graph, turn: str) -> str:
    """Return how much of an edge falls to each bin: all to one, or shares to two neighbours; the last is beside the first."""
    apart = graph("Abs", graph("Sub", turn, graph.constant(np.arange(DIRECTIONS))))
    around = graph("Min", apart, graph("Sub", graph.constant(DIRECTIONS), apart))
    return graph("Max", graph("Sub", graph.constant(1.0), around), graph.constant(0.0))


def _in_cell() -> Floats:
    """Return which pixels (1024) lie in which cell (64)."""
    cell = np.arange(SIDE) // (SIDE // CELLS)
    place = (cell[:, None] * CELLS + cell[None, :]).ravel()
    inside: Floats = (np.arange(CELLS * CELLS)[:, None] == place).astype(np.float64)
    return inside


def _differences() -> Floats:
    """Return twice numpy's gradient along one side, as a matrix (32, 32)."""
    return 2 * np.asarray(np.gradient(np.eye(SIDE), axis=0))
