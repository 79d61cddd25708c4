package model

// Areas are the beginnings of rule ids, in the order in which rules are listed.
var Areas = []string{"INI", "SES", "DLL", "PRV", "LGN", "XP", "SUP", "STO", "OBJ", "REF", "UID", "STA", "ADV", "SPL", "SVC", "FST"}
