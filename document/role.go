package document

// roles lists what formats call those who speak: OpenAI's, then ShareGPT's.
var roles = []struct {
	name string
	role Role
}{
	{"system", System}, {"developer", System}, {"user", User}, {"assistant", Assistant}, {"tool", Tool}, {"function", Tool},
	{"human", User}, {"prompter", User}, {"gpt", Assistant}, {"chatgpt", Assistant}, {"bing", Assistant}, {"bard", Assistant},
	{"model", Assistant}, {"bot", Assistant}, {"function_call", Assistant}, {"tool_call", Assistant},
	{"observation", Tool}, {"function_response", Tool}, {"tool_response", Tool},
}

// ParseRole returns the role that a format calls by a name.
func ParseRole(name string) (Role, bool) {
	for i := range roles {
		if roles[i].name == name {
			return roles[i].role, true
		}
	}
	return 0, false
}

// Roles lists the names that ParseRole knows.
func Roles() []string {
	var names []string
	for i := range roles {
		names = append(names, roles[i].name)
	}
	return names
}
