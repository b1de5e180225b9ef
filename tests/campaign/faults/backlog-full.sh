# SPDX-License-Identifier: MIT
# Clients that say nothing fill the queue of the service, and it does not come round to the others.
causes='accept_queue_full process_unresponsive' acts='service-restart'
inject() { for _ in $(seq 100); do (exec 3<>/dev/tcp/127.0.0.1/8080 && sleep 1000) 2>/dev/null & done; }
