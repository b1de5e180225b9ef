# SPDX-License-Identifier: MIT
causes='process_gone program_crash' acts='service-restart'
inject() { tell crash; }
