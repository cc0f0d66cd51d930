package simulator

import (
	"time"

	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/whatsmeow/proto/waCert"
	"go.mau.fi/whatsmeow/util/keys"
	"google.golang.org/protobuf/proto"
)

// authority signs the server's static key. Clients are told the root's public key and check the chain as they check WhatsApp's.
type authority struct {
	root, intermediate, static *keys.KeyPair
}

func newAuthority(root *keys.KeyPair) *authority {
	return &authority{root: root, intermediate: keys.NewKeyPair(), static: keys.NewKeyPair()}
}

// certificateBefore and certificateAfter are how long before and after its issue a certificate is valid.
const certificateBefore, certificateAfter = time.Hour, 24 * time.Hour

// chain issues the certificates anew for each handshake, so that they are valid whenever that is. With bad_certificate, the leaf is signed by a stranger;
// with certificate_time they were valid yesterday, or will be tomorrow; with clock_skew_s they are valid by a clock that goes wrong.
func (a *authority) chain(now time.Time, faults Faults) ([]byte, error) {
	const intermediateSerial, leafSerial = 1, 2
	now = now.Add(faults.clockSkew())
	switch faults.CertificateTime {
	case certificateExpired:
		now = now.Add(-2 * certificateAfter)
	case certificateEarly:
		now = now.Add(2 * certificateAfter)
	}
	from, to := uint64(now.Add(-certificateBefore).Unix()), uint64(now.Add(certificateAfter).Unix())
	issue := func(serial, issuer uint32, subject *keys.KeyPair, signer *keys.KeyPair) (*waCert.CertChain_NoiseCertificate, error) {
		details, err := proto.Marshal(&waCert.CertChain_NoiseCertificate_Details{
			Serial: proto.Uint32(serial), IssuerSerial: proto.Uint32(issuer), Key: subject.Pub[:],
			NotBefore: proto.Uint64(from), NotAfter: proto.Uint64(to),
		})
		if err != nil {
			return nil, err
		}
		signature := ecc.CalculateSignature(ecc.NewDjbECPrivateKey(*signer.Priv), details)
		return &waCert.CertChain_NoiseCertificate{Details: details, Signature: signature[:]}, nil
	}
	signer := a.root
	if faults.BadCertificate {
		signer = keys.NewKeyPair()
	}
	intermediate, err := issue(intermediateSerial, 0, a.intermediate, signer)
	if err != nil {
		return nil, err
	}
	leaf, err := issue(leafSerial, intermediateSerial, a.static, a.intermediate)
	if err != nil {
		return nil, err
	}
	return proto.Marshal(&waCert.CertChain{Leaf: leaf, Intermediate: intermediate})
}
