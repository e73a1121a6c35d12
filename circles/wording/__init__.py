"""Puts the facts and codes of the matching engine into sentences in the reader's language."""

from circles.draft import MILD
from circles.wording.advice import advice_words
from circles.wording.costs import CostLine, cost_line
from circles.wording.parts import PartLine, bound_meaning, bound_words, part_lines, score_word, weakest_words
from circles.wording.problems import problem_words
from circles.wording.reasons import change_words, reason_words
from circles.wording.remarks import grave_remarks, remark_words, rule_words
from circles.wording.words import Names, language_names, listed, other_times, short_slot, sizes_words, slot_words

__all__ = [
    "MILD",
    "CostLine",
    "Names",
    "PartLine",
    "advice_words",
    "bound_meaning",
    "bound_words",
    "change_words",
    "cost_line",
    "grave_remarks",
    "language_names",
    "listed",
    "other_times",
    "part_lines",
    "problem_words",
    "reason_words",
    "remark_words",
    "rule_words",
    "score_word",
    "short_slot",
    "sizes_words",
    "slot_words",
    "weakest_words",
]
