# SPDX-License-Identifier: Apache-2.0
"""A receiver of OTLP behind TLS: tls_server.py CERTIFICATE KEY [CLIENT_CA] [tls1]

Prints its port, then for each request its length on a line of its own, and its body.
"""
import http.server
import ssl
import sys


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        sys.stdout.buffer.write(b"%d\n" % len(body) + body)
        sys.stdout.flush()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):  # who does not like the certificate hangs up
        pass


def context_of(certificate, key, rest):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if "tls1" in rest:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    context.load_cert_chain(certificate, key)
    for authority in (item for item in rest if item != "tls1"):
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(authority)
    return context


server = Server(("127.0.0.1", 0), Receiver)
server.socket = context_of(sys.argv[1], sys.argv[2], sys.argv[3:]).wrap_socket(
    server.socket, server_side=True, do_handshake_on_connect=False)
print(server.server_address[1], flush=True)
server.serve_forever()
