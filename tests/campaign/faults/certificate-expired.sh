# SPDX-License-Identifier: MIT
# The site names no command that renews it: it is told.
causes='certificate_expired'
site() {
	cat <<-END
	checks:
	  site-certificate: {tls: "localhost:8443", name: localhost, ca: $S/ca.pem, min_days: 1, mode: act}
	END
}
make_certificate() { # DAYS [COMMAND...]
	local days=$1
	shift
	"$@" openssl req -x509 -newkey rsa:2048 -nodes -keyout $S/key.pem -out $S/ca.pem -subj /CN=localhost \
		-addext subjectAltName=DNS:localhost -days "$days" 2>/dev/null
}
serve() {
	openssl s_server -quiet -accept 8443 -cert $S/ca.pem -key $S/key.pem >/dev/null 2>&1 &
	server=$!
}
setup() { command -v faketime >/dev/null && make_certificate 30 && serve; }
inject() {
	kill "$server"
	make_certificate 30 faketime '60 days ago'
	serve
}
monit() {
	cat <<-END
	check host site-certificate with address localhost
	  if failed port 8443 with ssl options {verify: disable} and certificate valid > 1 days then alert
	END
}
