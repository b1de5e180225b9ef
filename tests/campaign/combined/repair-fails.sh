# SPDX-License-Identifier: MIT
# The program of the service is gone: no start of it works, which is tried no more than
# so often, and told.
causes='process_gone bad_configuration program_missing' acts='service-restart' most=3 outcome='told'
tells='was not repaired by'
inject() {
	mv $S/patient $S/lost
	kill -9 "$(web_pid)"
}
