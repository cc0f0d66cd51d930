package whatsapp

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// authorityFile is the variable that names a file of authorities which a program trusts. In these tests there is one in it, with its key, beside the system's own.
const authorityFile = "SSL_CERT_FILE"

// withAuthority runs the tests in a process that trusts an authority of their own.
func withAuthority(m *testing.M) {
	folder, err := os.MkdirTemp("", "wapulse-authority-")
	if err == nil {
		path := filepath.Join(folder, "authority.pem")
		if err = newAuthority(path, "authority of these tests"); err == nil {
			err = os.Setenv(authorityFile, path)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "make an authority for the tests:", err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(folder)
		os.Exit(code)
	}))
}

// needsAuthority skips a test where the system does not listen to that variable.
func needsAuthority(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		t.Skip("this system takes its authorities from elsewhere")
	}
}

func newAuthority(path, name string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageCertSign, IsCA: true, BasicConstraintsValid: true,
	}
	signed, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		return err
	}
	plain, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	data := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: plain})...)
	return os.WriteFile(path, data, 0o600)
}

// certificateFor is a certificate of the authority for a name or an address.
func certificateFor(host string) (tls.Certificate, error) {
	path := os.Getenv(authorityFile)
	authority, err := tls.LoadX509KeyPair(path, path)
	if err != nil {
		return tls.Certificate{}, err
	}
	return certificate(host, authority)
}

// strangersCertificate is one for this machine of an authority that nobody knows.
func strangersCertificate() (tls.Certificate, error) {
	folder, err := os.MkdirTemp("", "wapulse-stranger-")
	if err != nil {
		return tls.Certificate{}, err
	}
	path := filepath.Join(folder, "stranger.pem")
	made := newAuthority(path, "a stranger")
	authority, err := tls.LoadX509KeyPair(path, path)
	if err := errors.Join(made, err, os.RemoveAll(folder)); err != nil {
		return tls.Certificate{}, err
	}
	return certificate("127.0.0.1", authority)
}

func certificate(host string, authority tls.Certificate) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	signed, err := x509.CreateCertificate(rand.Reader, &template, authority.Leaf, key.Public(), authority.PrivateKey)
	return tls.Certificate{Certificate: [][]byte{signed}, PrivateKey: key}, err
}
