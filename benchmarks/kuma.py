"""A simulated Uptime Kuma in a process of its own: `python -m benchmarks.kuma MONITORS`.

It serves what core's `uptime_kuma` reads. A POST gives all monitors the status that its
body is, 0 for down and 1 for up. The first line that it prints is its address.
"""

from http.server import BaseHTTPRequestHandler, HTTPServer
import sys
from typing import override

_LABELS = (
    'monitor_id="{number}",monitor_name="Monitor {number}",monitor_type="http",'
    'monitor_url="https://{number}.example.com",monitor_hostname="null",'
    'monitor_port="null"'
)


class _Kuma(HTTPServer):
    """The monitors."""

    monitors = int(sys.argv[1])
    status = "1"

    def metrics(self) -> bytes:
        """Return the monitors in the format of Prometheus."""
        lines = [
            "# TYPE app_version gauge",
            'app_version{version="2.0.2",major="2",minor="0",patch="2"} 1',
        ]
        for name, value in (
            ("monitor_response_time", "42"),
            ("monitor_status", self.status),
        ):
            lines.append(f"# TYPE {name} gauge")
            lines += [
                f"{name}{{{_LABELS.format(number=number)}}} {value}"
                for number in range(self.monitors)
            ]
        return "\n".join([*lines, ""]).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Kuma

    def do_GET(self) -> None:  # http.server wants it so
        self._answer(self.server.metrics())

    def do_POST(self) -> None:  # see above
        self.server.status = self.rfile.read(
            int(self.headers["Content-Length"])
        ).decode()
        self._answer(b"")

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def main() -> None:
    """Serve until the end."""
    with _Kuma(("127.0.0.1", 0), _Handler) as server:
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()


main()
