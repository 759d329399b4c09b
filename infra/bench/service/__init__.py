"""Measurements of the service: its routes under load, and its functions when Lambda starts them.

| file | subject |
| --- | --- |
| `routes` | requests a second of the JSON routes: the router alone, over HTTP, on the local cloud |
| `functions_cold` | cold start of every function, and what calls and pictures cost |
| `pictures_cold` | the image functions' part of it |
| `costs` | milliseconds and memory to dollars |
| `backend`, `local_cloud` | table, bucket and accounts for a measurement; the whole service on this machine |
| `runtime_api`, `function`, `events` | Lambda's Runtime API, one process of a function, the events |
| `peer_fastapi`, `peer_function` | the peers that we compare with |
"""
