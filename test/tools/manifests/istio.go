package main

import (
	"bytes"
	"encoding/json"
	"fmt"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	networking "istio.io/api/networking/v1alpha3"
	security "istio.io/api/security/v1beta1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// istioObject is one of Istio's objects. Their types for Kubernetes drop fields that they do not know, so the
// specification is decoded here by the messages that those types are made from.
type istioObject struct {
	meta.TypeMeta   `json:",inline"`
	meta.ObjectMeta `json:"metadata"`
	Spec            json.RawMessage `json:"spec"`
}

var istioSpecs = map[string]func() proto.Message{
	"networking.istio.io/v1/DestinationRule":  func() proto.Message { return &networking.DestinationRule{} },
	"networking.istio.io/v1/VirtualService":   func() proto.Message { return &networking.VirtualService{} },
	"security.istio.io/v1/PeerAuthentication": func() proto.Message { return &security.PeerAuthentication{} },
}

// judgeIstio says whether the document is an object of Istio, and what is wrong with it.
func judgeIstio(document []byte) (judgement, bool) {
	if !bytes.Contains(document, []byte(".istio.io/")) {
		return judgement{}, false
	}
	var object istioObject
	if err := yaml.UnmarshalStrict(document, &object); err != nil {
		return judgement{Object: "an object of Istio", Problem: err.Error()}, true
	}
	name := object.Kind + "/" + object.Name
	spec, ok := istioSpecs[object.APIVersion+"/"+object.Kind]
	if !ok {
		return judgement{Object: name, Problem: fmt.Sprintf("no type is known for %s %s", object.APIVersion, object.Kind)}, true
	}
	if err := protojson.Unmarshal(object.Spec, spec()); err != nil {
		return judgement{Object: name, Problem: err.Error()}, true
	}
	return judgement{Object: name}, true
}
