"""What people see: the page, drawn from the store.

    from studio.page import app, serve

    app(store, settings) -> FastAPI          the whole page, for tests and other servers
    serve(store, settings, host, port)       serve it until interrupted

English lies at `/`, Korean at `/ko/`. The page's process never imports torch:
it reads and writes rows, and workers do the rest.
"""
