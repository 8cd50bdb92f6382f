package schema

// Remembered is how many verdicts the registry holds.
func Remembered(r *Registry) int {
	r.verdicts.mu.RLock()
	defer r.verdicts.mu.RUnlock()
	return len(r.verdicts.young) + len(r.verdicts.old)
}

// Forget makes every shape a new one.
func Forget(r *Registry) {
	r.verdicts.mu.Lock()
	defer r.verdicts.mu.Unlock()
	clear(r.verdicts.young)
	clear(r.verdicts.old)
}

// KeywordsOnValues are the keywords for which the shape of a payload is not enough.
func KeywordsOnValues() (names []string) {
	for name, k := range keywords {
		if k.use == value {
			names = append(names, name)
		}
	}
	return names
}
