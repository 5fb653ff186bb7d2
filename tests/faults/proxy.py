"""A TCP proxy on loopback that holds back a request whose first bytes match, until it is told to let it go."""
from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress


class HoldingProxy:
    """hold(first_bytes) says which chunks of a client wait for release(); `held` is set once one does."""

    def __init__(self, host: str, port: int, hold: Callable[[bytes], bool], patience: float = 300.0) -> None:
        self._upstream, self._hold, self._patience = (host, port), hold, patience
        self.held, self._go_on = threading.Event(), threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._connections: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def release(self) -> None:
        """Let what is held go, and hold nothing any more."""
        self._go_on.set()

    def stop(self) -> None:
        self.release()
        for connection in (self._listener, *self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._upstream, 60)
                server.settimeout(None)
                self._connections += [client, server]
                threading.Thread(target=self._pipe, args=(client, server, True), daemon=True).start()
                threading.Thread(target=self._pipe, args=(server, client, False), daemon=True).start()

    def _pipe(self, source: socket.socket, sink: socket.socket, from_client: bool) -> None:
        with suppress(OSError):
            while (chunk := source.recv(65536)):
                if from_client and not self._go_on.is_set() and self._hold(chunk):
                    self.held.set()
                    self._go_on.wait(self._patience)
                    if self._client_is_gone(source):
                        break
                sink.sendall(chunk)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    @staticmethod
    def _client_is_gone(client: socket.socket) -> bool:
        """Whether the client closed while its request was held: then it is dropped, as a broken line would."""
        client.setblocking(False)
        try:
            return client.recv(1, socket.MSG_PEEK) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True
        finally:
            client.setblocking(True)
