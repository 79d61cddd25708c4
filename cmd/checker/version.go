package main

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"

	"mapilife/model"
)

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Say what this is",
		Args:  none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			version, revision, built := "(unknown)", "", ""
			if info, ok := debug.ReadBuildInfo(); ok {
				version, built = info.Main.Version, info.GoVersion
				for _, s := range info.Settings {
					if s.Key == "vcs.revision" {
						revision = " " + s.Value
					}
				}
			}
			checked := 0
			rules := model.Specification().Rules
			for _, r := range rules {
				if r.Checked() {
					checked++
				}
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "checker %s%s, built with %s\ntrace format 1; %d rules of the documentation, %d of them checked\n",
				version, revision, built, len(rules), checked)
			return err
		},
	}
}
