"""An explanation as lines, each a name and a sentence, for terminal and page alike."""

from typing import Final

from pipeline.decision import Decision, Turn
from pipeline.explain import Explanation, Pair, Row, when

Lines = list[tuple[str, str]]

MEMBERS: Final = 30  # of a story that are listed
OTHERWISE: Final = 0.05  # of a coverage: a larger difference to the published one is explained
KINDS: Final = {
    "exact": "an exact copy: one story, and nothing is missing on either side",
    "near": "a near copy: one story, most of the shorter article is in the other",
    "partial": "a partial copy: passages are reused, but they stay two stories",
    "none": "not linked: what they share is less than a partial copy needs",
}


def article_lines(found: Explanation) -> Lines:
    """Return what there is to say of one article and its story."""
    article = found.article
    lines = [("article", _version(article))]
    if not found.story:
        return lines
    copies = len(found.story) - 1
    if found.canonical is None:
        lines.append(("story", f"{article['story_id']}, whose article is not published any more"))
    elif article["article_id"] == article["story_id"]:
        lines.append(("story", f"its own, with {copies:,} {'copy' if copies == 1 else 'copies'}"))
    else:
        lines.append(("story", f"{article['story_id']}, {copies + 1:,} articles"))
        lines.append(("canonical", describe(found.canonical)))
    if found.runner_up:
        second = found.runner_up
        lines.append(("why that one", f"{found.decided_by}; second was {describe(second)}"))
    lines += [
        (
            f"{link['kind']} link",
            f"{link['coverage']:.0%} of it is in {describe(row) if row else link['article_id']}, "
            f"{link['coverage_other']:.0%} of that in it",
        )
        for link, row in found.links
    ]
    others = [row for row in found.story if row["article_id"] != article["article_id"]]
    lines += [("of its story", describe(row)) for row in others[:MEMBERS]]
    if len(others) > MEMBERS:
        lines.append(("", f"and {len(others) - MEMBERS:,} more"))
    return lines


def decision_lines(pair: Pair) -> Lines:
    """Return what was published, measured and decided of two articles."""
    one, measured = pair.decision, pair.decision.measured
    lines = [("published", published(pair)), ("the two alone", KINDS[one.kind])]
    if one.same_content:
        return [*lines, ("because", "their texts are the same, blanks aside")]
    for name, letters, covered, share in zip(
        "AB", measured.letters, measured.covered, measured.coverage, strict=True
    ):
        there = "B" if name == "A" else "A"
        told = f"{covered:,} of {letters:,} letters are in {there}, {share:.0%}"
        lines.append((f"of {name}", told))
    lines.append(("longest passage", f"{measured.longest:,} letters"))
    if measured.numbers:
        lines.append(("numbers", f"{measured.agree} of {measured.numbers} in the passages agree"))
    if one.copy is not None:
        lines.append(("folded", f"{'AB'[one.copy]} into {'AB'[1 - one.copy]}"))
    lines += [("it would be", _turn(turn, one)) for turn in one.turns]
    return [*lines, ("note", _WHY_OTHERWISE)] if _is_otherwise(pair) else lines


_WHY_OTHERWISE: Final = (
    "a run sees more than the two: what many articles share is boilerplate there and does not "
    "count, an article joins the story it covers best, and only runs within --window are searched"
)


def published(pair: Pair) -> str:
    """Return what the tables say of two articles."""
    link = pair.link
    if link is not None:
        name, there = ("A", "B") if link.whose == 0 else ("B", "A")
        return (
            f"{name} is {'a' if link.kind != 'exact' else 'an'} {link.kind} "
            f"{'copy of' if link.folded else 'link to'} {there}: {link.coverage:.0%} of {name} "
            f"is in {there}, {link.coverage_other:.0%} of {there} is in {name}"
        )
    if pair.a["story_id"] == pair.b["story_id"]:
        return "both are of one story, and each copy is linked to its canonical article"
    return "not linked"


def _turn(turn: Turn, decision: Decision) -> str:
    kind = "not linked" if turn.kind == "none" else turn.kind
    if turn.what == "numbers":
        return f"{kind} if only {turn.then} of the {decision.measured.numbers} numbers agreed"
    a, b = decision.measured.coverage
    whole = decision.measured.letters[0 if a >= b else 1]
    change = f"{abs(turn.then - turn.now):,} {'more' if turn.then > turn.now else 'fewer'}"
    return (
        f"{kind} with {change} letters in common: at {turn.then / max(whole, 1):.0%} of "
        f"{'A' if a >= b else 'B'} instead of {turn.now / max(whole, 1):.0%}"
    )


def _is_otherwise(pair: Pair) -> bool:
    """Say whether the two alone look different than they did to a run."""
    link, measured = pair.link, pair.decision.measured.coverage
    if link is None:
        return pair.decision.kind != "none"
    told = (link.coverage, link.coverage_other)
    told = told if link.whose == 0 else told[::-1]
    off = max(abs(one - other) for one, other in zip(measured, told, strict=True))
    return link.kind != pair.decision.kind or (off > OTHERWISE and not pair.decision.same_content)


def describe(row: Row) -> str:
    """Return an article on one line."""
    title = row["title"] or "(no headline)"
    return f"{title} ({row['source']}, {when(row['event_at'])}) {row['article_id']}"


def _version(row: Row) -> str:
    version = f", revision {row['revision']}" if row["revision"] > 1 else ""
    return f"{describe(row)}; {row['language']}, {row['reuse']}{version}, run {row['run_id']}"
