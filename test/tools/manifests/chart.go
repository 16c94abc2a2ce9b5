package main

import (
	"fmt"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/v2/lint"
	"helm.sh/helm/v4/pkg/chart/v2/lint/support"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
	"helm.sh/helm/v4/pkg/engine"
)

// The release that charts are rendered as.
const releaseName, namespace = "gpu-health", "gpu-health"

type lintMessage struct {
	Severity string `json:"severity"`
	Path     string `json:"path"`
	Message  string `json:"message"`
}

var severities = map[int]string{support.InfoSev: "info", support.WarningSev: "warning", support.ErrorSev: "error"}

// lintChart does what `helm lint` does.
func lintChart(path string, valueFiles []string) ([]lintMessage, error) {
	values, err := readValues(valueFiles)
	if err != nil {
		return nil, err
	}
	said := []lintMessage{}
	for _, each := range lint.RunAll(path, values, namespace).Messages {
		said = append(said, lintMessage{severities[each.Severity], each.Path, each.Err.Error()})
	}
	return said, nil
}

// renderChart does what `helm template` does: values against the chart's schema, then every template.
func renderChart(path string, valueFiles []string) (map[string]string, error) {
	values, err := readValues(valueFiles)
	if err != nil {
		return nil, err
	}
	chart, err := loader.Load(path)
	if err != nil {
		return nil, err
	}
	if !chartutil.IsCompatibleRange(chart.Metadata.KubeVersion, common.DefaultCapabilities.KubeVersion.Version) {
		return nil, fmt.Errorf("the chart does not take Kubernetes %s", common.DefaultCapabilities.KubeVersion.Version)
	}
	release := common.ReleaseOptions{Name: releaseName, Namespace: namespace, Revision: 1, IsInstall: true}
	renderValues, err := util.ToRenderValues(chart, values, release, common.DefaultCapabilities)
	if err != nil {
		return nil, err
	}
	strict := engine.Engine{Strict: true}
	return strict.Render(chart, renderValues)
}

func readValues(files []string) (map[string]any, error) {
	merged := map[string]any{}
	for _, file := range files {
		values, err := common.ReadValuesFile(file)
		if err != nil {
			return nil, err
		}
		merged = loader.MergeMaps(merged, values)
	}
	return merged, nil
}
