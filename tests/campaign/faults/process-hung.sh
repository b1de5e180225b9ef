# SPDX-License-Identifier: MIT
causes='process_unresponsive service_hung' acts='service-restart'
inject() { tell hang; }
