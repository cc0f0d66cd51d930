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

// chain issues the certificates anew for each handshake, so that they are valid whenever that is. With bad, the leaf is signed by a stranger.
func (a *authority) chain(now time.Time, bad bool) ([]byte, error) {
	const intermediateSerial, leafSerial = 1, 2
	from, to := uint64(now.Add(-time.Hour).Unix()), uint64(now.Add(24*time.Hour).Unix())
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
	if bad {
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
