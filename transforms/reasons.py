"""The words that say what happened to an item: reasons of rejects, warnings on kept rows.

They are public (jobs filter by them), so they are listed here once, each with its sentence for
people. docs/rejects.md holds the same tables; a test keeps the two equal.
"""

from typing import Final

REJECTS: Final[dict[str, str]] = {
    # files
    "bad_archive": "A compressed file is damaged or ends too early.",
    "bad_csv": "A row of a CSV or TSV file does not fit its header, or a quote is never closed.",
    "bad_json": "A line or file is not valid JSON, or not an object.",
    "bad_parquet": "A Parquet file is damaged or ends too early.",
    "binary": "The content is not text.",
    "decompression_bomb": "A compressed file unpacks to far more than it may.",
    "empty": "A file without content, or with nothing but blanks.",
    "no_text": "There is neither a text nor a summary.",
    "no_text_column": "A table has no column that holds text; `--map text=NAME` names one.",
    "not_found": "The path does not exist, or a pattern matches nothing.",
    "too_large": "The file or item is longer than `--max-file-bytes`.",
    "unreadable": "The file system refused to open or read the file.",
    "unsupported_format": "No format is known for this kind of file.",
    # feeds
    "bad_entry": "An item of a JSON Feed is not an object.",
    "bad_list": "The document that should list feeds is not OPML.",
    "entity_declared": "The DOCTYPE of an XML document declares entities; they are never expanded.",
    "feed_dead": "An earlier run found the feed gone (410, or 404 often); `--refetch` asks again.",
    "not_a_feed": "The document is neither RSS, Atom nor JSON Feed.",
    "not_due": "The server asked for a pause that is not over yet.",
    "too_many_entries": "The feed has more than 5,000 entries; those after them were not read.",
    # agencies
    "embargoed": "The agency does not want the item to be published yet.",
    "withdrawn": "The agency has withdrawn or withheld the item.",
    # the network
    "bad_body": "The body of a response is damaged, or packed in an unknown way.",
    "bad_url": "Not an http(s) URL, too long, with control characters, or with a user name.",
    "blocked_address": "The host is not on the public Internet; `--allow-private-hosts` opens it.",
    "connection_failed": "No connection to the server, or it broke before an answer came.",
    "dns_failed": "The name of the host was not resolved.",
    "http_NNN": "The server answered with this status: `http_404`, `http_503`.",
    "robots_disallowed": "The site's robots.txt does not want the page to be read.",
    "timeout": "No complete answer came within `--fetch-timeout`.",
    "tls_failed": "The server's certificate cannot be trusted.",
    "too_many_redirects": "The address leads from one redirect to the next, more than ten times.",
}

WARNINGS: Final[dict[str, str]] = {
    "bad_characters": "The text holds characters that could not be decoded (U+FFFD).",
    "charset_guessed": "Neither BOM, UTF-8 nor a declared charset fitted; a detector chose one.",
    "date_rejected": "There was a date, but it is impossible, ambiguous or not understood.",
    "guid_repeated": "Several entries of the feed have this guid: the link or the content decides.",
    "language_ambiguous": "The evidence is split between languages, so `language` is `und`.",
    "language_candidate": "What an `und` text may be in: `language_candidate:hr`, one for each.",
    "language_no_letters": "The text has no letters of a known alphabet, so `language` is `und`.",
    "language_unknown": "It looks most like a language that the engine lacks: `und`.",
    "page_failed": "The page of an entry could not be read; the text is the feed's own.",
    "title_only": "The feed gave a headline and nothing else: it is the text, too.",
    "truncated": "The text was cut at a million characters, or its document ended too early.",
    "whole_page": "No main text was found on the page; all its text was taken.",
    "zone_assumed": "The date had a time but no zone; it was taken as UTC.",
}
