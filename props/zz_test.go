package props
import ("testing";"bytes";"github.com/go-json-experiment/json/jsontext")
func BenchmarkZ(b *testing.B){
	data, n := recording(b, 8, 40, 8)
	b.SetBytes(int64(len(data)))
	var buf bytes.Buffer
	dec:=jsontext.NewDecoder(&buf)
	for b.Loop() {
		for rest := data; len(rest) > 0; {
			end := bytes.IndexByte(rest, '\n')
			buf=*bytes.NewBuffer(rest[:end])
			dec.Reset(&buf)
			if _,err:=dec.ReadValue(); err!=nil {b.Fatal(err)}
			rest = rest[end+1:]
		}
	}
	perEvent(b, n)
}
func BenchmarkZ2(b *testing.B){
	data, n := recording(b, 8, 40, 8)
	b.SetBytes(int64(len(data)))
	var buf bytes.Buffer
	dec:=jsontext.NewDecoder(&buf,jsontext.AllowDuplicateNames(true))
	for b.Loop() {
		for rest := data; len(rest) > 0; {
			end := bytes.IndexByte(rest, '\n')
			buf=*bytes.NewBuffer(rest[:end])
			dec.Reset(&buf,jsontext.AllowDuplicateNames(true))
			if _,err:=dec.ReadValue(); err!=nil {b.Fatal(err)}
			rest = rest[end+1:]
		}
	}
	perEvent(b, n)
}
func BenchmarkZ3(b *testing.B){
	data, n := recording(b, 8, 40, 8)
	b.SetBytes(int64(len(data)))
	var buf bytes.Buffer
	dec:=jsontext.NewDecoder(&buf)
	for b.Loop() {
			buf=*bytes.NewBuffer(data)
			dec.Reset(&buf)
			for i:=0;i<n;i++ {
			if _,err:=dec.ReadValue(); err!=nil {b.Fatal(err)}
		}
	}
	perEvent(b, n)
}
