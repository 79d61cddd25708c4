package model

import (
	"fmt"
	"strings"
)

// This file says conditions in words, so that a reader can be told what a rule asks, and which part of it a recording does not show.

// String says the condition.
func (c Cond) String() string {
	switch c.Is {
	case always:
		return "always"
	case allOf:
		return sentence(c.Parts, " and ", anyOf)
	case anyOf:
		return sentence(c.Parts, " or ", allOf)
	case notOf:
		return c.Parts[0].negated()
	case atEntry:
		return "when the call began: " + c.Parts[0].String()
	}
	return c.leaf("is", "has", "holds")
}

// sentence puts the parts of a condition together, those of the other sort in brackets.
func sentence(parts []Cond, word string, bracketed condKind) string {
	var list []string
	for _, p := range parts {
		text := p.String()
		if p.Is == bracketed && len(p.Parts) > 1 {
			text = "(" + text + ")"
		}
		list = append(list, text)
	}
	if list == nil {
		return "always"
	}
	return strings.Join(list, word)
}

func (c Cond) negated() string {
	switch c.Is {
	case always:
		return "never"
	case allOf, anyOf:
		if len(c.Parts) == 0 {
			return "never"
		}
		return "not (" + c.String() + ")"
	case notOf:
		return c.Parts[0].String()
	case atEntry:
		return "when the call began: " + c.Parts[0].negated()
	}
	return c.leaf("is not", "does not have", "does not hold")
}

// leaf says a condition without parts, with the words for "is", "has" and "holds".
func (c Cond) leaf(is, has, holds string) string {
	p := c.Path.String()
	switch c.Is {
	case inState:
		return p + " " + is + " " + alternatives(c.Names)
	case marked:
		return fmt.Sprintf("%s %s the mark %q", p, has, c.Names)
	case atLeast:
		return fmt.Sprintf("%s %s at least %s", c.Left, is, c.Right)
	case atMost:
		return fmt.Sprintf("%s %s at most %s", c.Left, is, c.Right)
	case equal:
		return fmt.Sprintf("%s %s %s", c.Left, is, c.Right)
	case onlyBits:
		return fmt.Sprintf("%s %s nothing but bits of 0x%x", c.Left, is, c.Right.N)
	case anyBit:
		return fmt.Sprintf("a bit of 0x%x %s set in %s", c.Right.N, is, c.Left)
	case oneBit:
		return fmt.Sprintf("%s %s exactly one bit of 0x%x", c.Left, is, c.Right.N)
	case isNull:
		return fmt.Sprintf("%s %s null", c.Left, is)
	case isGiven:
		return fmt.Sprintf("%s %s recorded", c.Left, is)
	case within:
		return "the call " + is + " inside " + alternatives(c.Names)
	case directly:
		return "the call " + is + " made directly by " + alternatives(c.Names)
	case withinOn:
		return "the call " + is + " inside " + alternatives(c.Names) + " on " + p
	case outermost:
		return "the call " + is + " enclosed by no other"
	case madeBy:
		return "the call " + is + " made by " + strings.ReplaceAll(c.Sides.String(), ", ", " or ")
	case saidBy:
		return "the call " + is + " recorded as made by " + strings.ReplaceAll(c.Sides.String(), ", ", " or ")
	case firstInside:
		return "the first call inside " + is + " " + alternatives(c.Names)
	case observed:
		return c.Names + " " + is + " observed"
	case leaksCount:
		return "it " + holds + " that no fast shutdown can have come before"
	case wasAlive:
		return "what " + c.Names + " hands out " + is + " alive before the call"
	case isType:
		return p + " " + is + " of type " + c.Typ.String()
	case sameObject:
		return p + " " + is + " " + c.Other.String()
	case known:
		return p + " " + is + " known"
	case lastReference:
		return "exactly one reference on " + p + " " + is + " left"
	case reading:
		return "the reading " + c.Read.Switch + "=" + c.Read.Value + " " + holds
	case hasChildren:
		return "something opened through " + p + " " + is + " alive"
	case individual:
		return p + " " + is + " certainly not shared"
	case heldByOthers:
		return p + " " + is + " held by another client too"
	case hasInterface:
		return p + " " + is + " " + c.Names
	case bornInside:
		return p + " " + is + " handed out during the call"
	case passedIn:
		return "the call " + is + " inside the logon that " + p + " was passed to"
	case asks:
		return "what QueryInterface is asked for " + is + " " + c.Names
	case calledAs:
		return "the method " + is + " called as one of " + c.Names
	case undisturbed:
		return "it " + holds + " that no other thread has begun a call meanwhile"
	case isDying:
		return p + " " + is + " in its last Release"
	case isDead:
		return p + " " + is + " released for good"
	case balanced:
		return "a reference taken during the last Release of " + p + " " + is + " left"
	case ofKind:
		return p + " " + is + " a " + c.Kind.Noun()
	case ofSeveralSessions:
		return p + " " + is + " perhaps of several sessions"
	case recognised:
		return "the object called " + is + " certainly " + p
	case handedOutAs:
		return p + " " + is + " handed out in " + c.Names
	case noSinks:
		return "it " + holds + " that nothing is registered that MAPI could call"
	}
	panic("model: condition without words")
}

// nouns are what objects of a kind are called in a sentence, where that is not the name of the kind.
var nouns = map[Kind]string{
	ProviderObject: "provider object", SupportObject: "support object", LogonObject: "logon object", SinkObject: "advise sink", AdviseObject: "registration",
	UIDObject: "MAPIUID", RowObject: "status row", ServiceObject: "message service",
}

// Noun is what objects of the kind are called in a sentence.
func (k Kind) Noun() string {
	if noun, ok := nouns[k]; ok {
		return noun
	}
	return k.String()
}

// alternatives writes a list of states or operations: "Up or Closing".
func alternatives(names string) string {
	list := splitPatterns(names)
	text := ""
	for n, name := range list {
		except := strings.HasPrefix(name, "-")
		switch {
		case n == 0:
		case except:
			text += " but not "
		case n == len(list)-1 || strings.HasPrefix(list[n+1], "-"):
			text += " or "
		default:
			text += ", "
		}
		text += strings.TrimPrefix(name, "-")
	}
	return text
}

// String says the term.
func (t Term) String() string {
	text := t.unmasked()
	if t.UID {
		text = "the MAPIUID in " + text
	}
	if t.Mask != 0 {
		text += fmt.Sprintf(" without 0x%x", t.Mask)
	}
	return text
}

func (t Term) unmasked() string {
	p := t.Path.String()
	where := func() string {
		if t.Where == nil || t.Where.zero() {
			return ""
		}
		return " (each: " + t.Where.String() + ")"
	}
	switch t.What {
	case noTerm:
		return ""
	case constant:
		if t.Name != "" {
			return fmt.Sprintf("%q", t.Name)
		}
		if t.N > 0xffff {
			return fmt.Sprintf("0x%x", t.N)
		}
		return fmt.Sprint(t.N)
	case argument:
		return t.Name
	case callerArgument:
		return t.Name + " of " + alternatives(t.Ops)
	case output:
		return "the returned " + t.Name
	case result:
		return "the result"
	case returned:
		return "the number returned"
	case references:
		whose := "the number of references"
		if t.Sides != NoSide {
			whose += " of " + strings.ReplaceAll(t.Sides.String(), ", ", " and ")
		}
		return whose + " on " + p
	case counter, remembered:
		return fmt.Sprintf("%q of %s", t.Name, p)
	case population:
		return "the number of " + t.Kind.Noun() + "s of " + p + where()
	case offspring:
		return "the number of " + t.Kind.Noun() + "s opened through " + p + where()
	case serial:
		return p
	}
	return "the number of running calls of " + alternatives(t.Name)
}

// Moves says what the row does: "Active -> LoggingOff, when IMSLogon::Logoff enters".
func (r *Row) Moves() string {
	text := alternatives(r.From)
	if r.To != "" {
		text += " -> " + r.To
	} else {
		text += " stays"
	}
	text += ", when " + r.On.Name
	if !r.If.zero() {
		text += ", if " + r.If.String()
	}
	if r.Under != (Reading{}) {
		text += " (" + r.Under.Switch + "=" + r.Under.Value + ")"
	}
	return text
}
