# SPDX-License-Identifier: MIT
causes='certificate_expired' acts='certificate-renew'
site() {
	cat <<-END
	checks:
	  site-certificate: {tls: "localhost:8443", name: localhost, ca: $S/ca.pem, mode: act}
	END
}
make_certificate() { # DAYS
	openssl req -x509 -newkey rsa:2048 -nodes -keyout $S/key.pem -out $S/new.pem -subj /CN=localhost \
		-addext subjectAltName=DNS:localhost -days "$1" 2>/dev/null
}
setup() { make_certificate 30 && mv $S/new.pem $S/ca.pem && serve; }
serve() { openssl s_server -quiet -accept 8443 -cert $S/ca.pem -key $S/key.pem >/dev/null 2>&1 & server=$!; sleep 0.5; }
inject() {
	faketime '60 days ago' openssl req -x509 -new -key $S/key.pem -out $S/ca.pem -subj /CN=localhost \
		-addext subjectAltName=DNS:localhost -days 30
	kill $server
	serve
}
acts=''
well() { :; }
