"""A JupyterLab server extension that sends every small message at once.

jupyter_server leaves Nagle's algorithm on for a kernel's websocket, so an update of a widget
waits up to 40 ms for the browser's acknowledgement of the one before.
"""

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection


class NoDelayConnection(ZMQChannelsWebsocketConnection):
    """The usual connection between a kernel and the browser, with Nagle's algorithm off."""

    async def connect(self):
        self.websocket_handler.set_nodelay(True)
        return await super().connect()


def _jupyter_server_extension_points():
    return [{"module": "course_lib.lab.nodelay"}]


def _load_jupyter_server_extension(server):
    server.web_app.settings["kernel_websocket_connection_class"] = NoDelayConnection
