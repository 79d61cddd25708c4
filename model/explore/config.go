package explore

import "fmt"

// A Config bounds what there can be at one time.
type Config struct {
	Clients    int  // client threads
	Sessions   int  // sessions of each client
	AB, MS, XP int  // DLLs with an address book, message store or transport provider
	Logons     int  // logons to each address book and transport provider
	Stores     int  // stores of each message store provider
	Folders    int  // folders that are open in all stores together
	Inits      int  // MAPIInitialize calls of a thread that are not matched
	References int  // references that one side holds on one object
	UIDs       int  // MAPIUIDs registered through one support object
	Rows       int  // status rows of one support object
	Depth      int  // calls that a thread is in
	Failures   bool // whatever returns a result may fail
}

// Default is the configuration of a plain 'checker explore'.
func Default() Config {
	return Config{Clients: 1, Sessions: 1, AB: 1, Logons: 1, Stores: 1, Inits: 1, References: 1, UIDs: 1, Depth: 8, Failures: true}
}

// numbers are the bounds by name, with the largest that can be explored.
func (c *Config) numbers() []number {
	return []number{
		{"clients", &c.Clients, 1, 4, "client threads"}, {"sessions", &c.Sessions, 0, 3, "sessions of each client at one time"},
		{"ab", &c.AB, 0, 3, "DLLs with an address book provider"}, {"ms", &c.MS, 0, 3, "DLLs with a message store provider"},
		{"xp", &c.XP, 0, 3, "DLLs with a transport provider"}, {"logons", &c.Logons, 1, 3, "logons to each address book or transport provider"},
		{"stores", &c.Stores, 1, 3, "stores of each message store provider"}, {"folders", &c.Folders, 0, 3, "folders open in all stores together"},
		{"inits", &c.Inits, 1, 3, "MAPIInitialize calls of a thread that are not matched"}, {"references", &c.References, 1, 3, "references that a side holds on an object"},
		{"uids", &c.UIDs, 0, 3, "MAPIUIDs registered through a support object"}, {"rows", &c.Rows, 0, 2, "status rows of a support object"},
		{"depth", &c.Depth, 1, 8, "calls that a thread is in"},
	}
}

type number struct {
	name   string
	is     *int
	lo, hi int
	says   string
}

// Check refuses a configuration that can not be explored.
func (c Config) Check() error {
	for _, n := range c.numbers() {
		if *n.is < n.lo || *n.is > n.hi {
			return fmt.Errorf("%s is %d: write %d to %d", n.name, *n.is, n.lo, n.hi)
		}
	}
	return nil
}

// Numbers visits the bounds: each with its name, what it counts, and the least and the largest that can be explored.
func (c *Config) Numbers(visit func(name, says string, is *int, lo, hi int)) {
	for _, n := range c.numbers() {
		visit(n.name, n.says, n.is, n.lo, n.hi)
	}
}

// String names the bounds as the command's flags do.
func (c Config) String() string {
	text := ""
	for _, n := range c.numbers() {
		text += fmt.Sprintf("%s=%d ", n.name, *n.is)
	}
	return fmt.Sprintf("%sfailures=%t", text, c.Failures)
}
