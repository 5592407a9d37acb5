"""The media server: uvicorn on uvloop, for sockets, webhooks and pages.

python -m voicex.server --port 8000         its own socket
python -m voicex.server --fd 3              a socket that a supervisor holds
"""

import argparse
import sys
from typing import Final

import uvicorn

MAX_SOCKET_MESSAGE_BYTES: Final = 1_048_576  # the codec refuses more than 64 KB, in words
DRAIN_SECONDS: Final = 10
# Webhooks and records run on threads. With Python's 5 ms, the loop of a hundred calls waits
# for each of its turns as long as several turns take.
SWITCH_SECONDS: Final = 0.0005


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--fd", type=int, help="an inherited listening socket")
    options = parser.parse_args()
    sys.setswitchinterval(SWITCH_SECONDS)
    uvicorn.run(
        "voicex.asgi:application",
        host=options.host,
        port=options.port,
        fd=options.fd,
        loop="uvloop",
        ws="auto",
        ws_max_size=MAX_SOCKET_MESSAGE_BYTES,
        ws_per_message_deflate=False,  # 20 ms of mu-law does not compress; Twilio offers none
        lifespan="on",
        log_config=None,  # voicex.logs has set up the handlers
        access_log=False,  # webhook URLs carry keys
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )


if __name__ == "__main__":
    main()
