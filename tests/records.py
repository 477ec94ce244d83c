"""Records for tests, with as little to say as possible."""

from dataclasses import replace
from datetime import timedelta
from hashlib import blake2b

from tests.conftest import AS_OF
from transforms.records import Article


def digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()


def an_article(name: str, text: str = "", **fields) -> Article:
    """Return an article whose id comes from `name`; its text is `name` unless told otherwise."""
    article = Article(
        article_id=digest(name),
        source="Test",
        source_uri=f"/in/{name}.txt",
        text=text or name,
        event_at=AS_OF - timedelta(days=1),
        language="it",
        content_hash=digest(text or name),
    )
    return replace(article, **fields)
