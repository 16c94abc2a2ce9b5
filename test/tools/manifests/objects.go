package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// judgement is what is said of one object. Problem is empty where it is as Kubernetes wants it.
type judgement struct {
	Object  string `json:"object"`
	Problem string `json:"problem"`
	// The strictest of the Pod Security Standards that its pods meet; empty where it has none.
	PodSecurity string `json:"podSecurity"`
}

// judgeObjects decodes each object as the API server does with strict field validation: a field that its type does not
// have, or has twice, is an error.
func judgeObjects(input io.Reader) ([]judgement, error) {
	documents, err := split(input)
	if err != nil {
		return nil, err
	}
	decoder, err := strictDecoder()
	if err != nil {
		return nil, err
	}
	standards, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		return nil, err
	}
	judgements := []judgement{}
	for index, document := range documents {
		if judged, isIstio := judgeIstio(document); isIstio {
			judgements = append(judgements, judged)
			continue
		}
		object, _, err := decoder.Decode(document, nil, nil)
		if err != nil {
			name := fmt.Sprintf("document %d", index+1)
			judgements = append(judgements, judgement{Object: name, Problem: err.Error()})
			continue
		}
		judgements = append(judgements, judgement{nameOf(object), "", podSecurityOf(object, standards)})
	}
	return judgements, nil
}

// readObjects decodes objects that are known to be right.
func readObjects(input io.Reader) ([]runtime.Object, error) {
	documents, err := split(input)
	if err != nil {
		return nil, err
	}
	decoder, err := strictDecoder()
	if err != nil {
		return nil, err
	}
	objects := make([]runtime.Object, 0, len(documents))
	for _, document := range documents {
		object, _, err := decoder.Decode(document, nil, nil)
		if err != nil {
			return nil, err
		}
		objects = append(objects, object)
	}
	return objects, nil
}

func strictDecoder() (runtime.Decoder, error) {
	types := runtime.NewScheme()
	if err := errors.Join(scheme.AddToScheme(types), monitoring.AddToScheme(types)); err != nil {
		return nil, err
	}
	return serializer.NewCodecFactory(types, serializer.EnableStrict).UniversalDeserializer(), nil
}

func split(input io.Reader) ([][]byte, error) {
	reader := yaml.NewYAMLReader(bufio.NewReader(input))
	documents := [][]byte{}
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return documents, nil
		}
		if err != nil {
			return nil, err
		}
		if hasContent(document) {
			documents = append(documents, document)
		}
	}
}

func hasContent(document []byte) bool {
	for line := range bytes.Lines(document) {
		text := strings.TrimSpace(string(line))
		if text != "" && text != "---" && !strings.HasPrefix(text, "#") {
			return true
		}
	}
	return false
}

func nameOf(object runtime.Object) string {
	kind := object.GetObjectKind().GroupVersionKind().Kind
	accessor, err := meta.Accessor(object)
	if err != nil {
		return kind
	}
	return kind + "/" + accessor.GetName()
}

func podTemplateOf(object runtime.Object) *core.PodTemplateSpec {
	switch typed := object.(type) {
	case *apps.DaemonSet:
		return &typed.Spec.Template
	case *apps.Deployment:
		return &typed.Spec.Template
	case *core.Pod:
		return &core.PodTemplateSpec{ObjectMeta: typed.ObjectMeta, Spec: typed.Spec}
	default:
		return nil
	}
}

// podSecurityOf gives the strictest standard that the object's pods meet.
func podSecurityOf(object runtime.Object, standards policy.Evaluator) string {
	template := podTemplateOf(object)
	if template == nil {
		return ""
	}
	for _, level := range []api.Level{api.LevelRestricted, api.LevelBaseline} {
		newest := api.LevelVersion{Level: level, Version: api.LatestVersion()}
		results := standards.EvaluatePod(newest, &template.ObjectMeta, &template.Spec)
		if policy.AggregateCheckResults(results).Allowed {
			return string(level)
		}
	}
	return string(api.LevelPrivileged)
}
