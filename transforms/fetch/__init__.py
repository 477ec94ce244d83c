"""HTTP for feeds and pages, as one may do it to servers that one does not know.

addresses.py  which hosts may be spoken to; checked at the moment of connecting
sockets.py    connections that obey that check and a deadline
body.py       gzip, deflate, br, zstd: unpacked up to a limit
client.py     Fetcher: redirects, conditions, retries
pace.py       not too much of one host at a time
robots.py     robots.txt (RFC 9309)
"""

from transforms.fetch.client import Fetcher, FetchError, Response
from transforms.fetch.robots import Robots

__all__ = ["FetchError", "Fetcher", "Response", "Robots"]
