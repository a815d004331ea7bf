package external

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"time"
)

// How long an answer may be: the spare bytes, and these times the request.
const (
	answerSpare = 16 << 20
	answerTimes = 8
)

// dying is how long a process may take to end when its input or output is closed.
const dying = 3 * time.Second

var (
	errEnded = errors.New("it has ended")
	errLong  = errors.New("its answer is far longer than the document")
)

// A process is one child. It is owned by one worker, but for kill.
type process struct {
	cmd    *exec.Cmd
	in     *os.File
	out    io.ReadCloser
	most   atomic.Int64  // bytes that a line may have
	lines  chan answered // what listen has read
	gone   chan struct{} // closed when nobody wants more lines
	stderr tail
	ended  chan struct{} // closed when the process has been waited for
	state  error         // how it ended, then
}

// An answered line is valid until the next one is received.
type answered struct {
	line []byte
	err  error
}

// start begins a process in a group of its own: a Ctrl-C on the terminal is not for it.
func (c *consent) start(command []string) (*process, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.allowed || c.over {
		return nil, errNotAllowed
	}
	p := &process{cmd: exec.Command(command[0], command[1:]...), lines: make(chan answered),
		gone: make(chan struct{}), ended: make(chan struct{})}
	read, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	if p.out, err = p.cmd.StdoutPipe(); err != nil {
		return nil, errors.Join(err, read.Close(), in.Close())
	}
	p.in, p.cmd.Stdin, p.cmd.Stderr, p.cmd.WaitDelay = in, read, &p.stderr, dying
	apart(p.cmd)
	err = p.cmd.Start()
	read.Close()
	if err != nil {
		return nil, fmt.Errorf("%s does not start: %w", strings.Join(command, " "), errors.Join(err, in.Close()))
	}
	c.alive[p] = true
	go p.listen()
	return p, nil
}

// listen hands over the lines of the program until it ends, and what it leaves behind.
func (p *process) listen() {
	r := bufio.NewReaderSize(p.out, 64<<10)
	var bufs [2][]byte // the worker has one while the other is filled
	for i := 0; ; i ^= 1 {
		line, err := p.readLine(r, bufs[i][:0])
		bufs[i] = line
		select {
		case p.lines <- answered{bytes.TrimRight(line, "\r\n"), err}:
		case <-p.gone:
		}
		if err != nil {
			break
		}
	}
	io.Copy(io.Discard, r)
	p.state = p.cmd.Wait()
	killGroup(p.cmd)
	close(p.ended)
}

// readLine appends the next line. What stands behind the last line feed is no line.
func (p *process) readLine(r *bufio.Reader, dst []byte) ([]byte, error) {
	for {
		part, err := r.ReadSlice('\n')
		dst = append(dst, part...)
		switch {
		case err == nil:
			return dst, nil
		case err != bufio.ErrBufferFull:
			return dst, errEnded
		case int64(len(dst)) > p.most.Load():
			return dst, errLong
		}
	}
}

// exchange writes a line and returns the next one of the program.
func (p *process) exchange(line []byte, limit time.Duration) ([]byte, error) {
	p.most.Store(answerSpare + answerTimes*int64(len(line)))
	late := time.NewTimer(limit)
	defer late.Stop()
	if err := p.in.SetWriteDeadline(time.Now().Add(limit)); err != nil {
		return nil, err
	}
	if _, err := p.in.Write(line); errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, tooLate(limit)
	}
	// Any other error says that nobody reads: its end is about to be seen.
	select {
	case a := <-p.lines:
		return a.line, a.err
	case <-late.C:
		return nil, tooLate(limit)
	}
}

func tooLate(limit time.Duration) error { return fmt.Errorf("no answer within %s", limit) }

// epitaph says how a process ended that has closed its output.
func (p *process) epitaph() error {
	select {
	case <-p.ended:
	case <-time.After(dying):
		return errors.New("it has closed its output")
	}
	how := "exit status 0"
	if p.state != nil {
		how = p.state.Error()
	}
	if last := p.stderr.last(); last != "" {
		how += ": " + last
	}
	return fmt.Errorf("it has ended: %s", how)
}

// stop ends a process; patience is how long it may take to end by itself when it sees
// that nothing more comes.
func (c *consent) stop(p *process, patience time.Duration) {
	p.in.Close()
	close(p.gone)
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.kill()
		p.out.Close()
		<-p.ended
	}
	c.mu.Lock()
	delete(c.alive, p)
	c.mu.Unlock()
}

// kill ends a process, and all that it has started, at once.
func (p *process) kill() {
	select {
	case <-p.ended: // its number may be another's by now
	default:
		killGroup(p.cmd)
	}
}

// A tail keeps the end of what is written to it. It is written to by one goroutine, and
// read when the process has been waited for.
type tail struct{ b []byte }

const (
	tailBytes = 4 << 10
	lastRunes = 200
)

// Write keeps the last bytes of all.
func (t *tail) Write(b []byte) (int, error) {
	t.b = append(t.b, b...)
	if over := len(t.b) - tailBytes; over > 0 {
		t.b = append(t.b[:0], t.b[over:]...)
	}
	return len(b), nil
}

// last returns the last line that is not blank, a long one without its end.
func (t *tail) last() string {
	lines := strings.Split(strings.TrimSpace(strings.ToValidUTF8(string(t.b), "\uFFFD")), "\n")
	line := []rune(strings.TrimSpace(lines[len(lines)-1]))
	return string(line[:min(len(line), lastRunes)])
}
