package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"sync"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

const (
	checkPath = "/grpc.health.v1.Health/Check"
	watchPath = "/grpc.health.v1.Health/Watch"

	// Large enough that no run here ever has to open the connection's window again.
	connectionWindowBytes = 1 << 30

	answerTimeout = 30 * time.Second
)

// call is what every request of a connection asks.
type call struct {
	path    string
	message []byte
}

func checkOf(service string) call { return call{checkPath, healthCheckRequest(service)} }
func watchOf(service string) call { return call{watchPath, healthCheckRequest(service)} }

// healthCheckRequest is a gRPC frame around HealthCheckRequest{service}; a name of up to 127 bytes has a one-byte length.
func healthCheckRequest(service string) []byte {
	if service == "" {
		return []byte{0, 0, 0, 0, 0}
	}
	const serviceField = 1<<3 | 2
	return append([]byte{0, 0, 0, 0, byte(2 + len(service)), serviceField, byte(len(service))}, service...)
}

// connection speaks just enough HTTP/2 to call one path over and over, at a fraction of a full client's cost.
//
// One goroutine may read while another sends.
type connection struct {
	socket net.Conn
	input  *bufio.Reader
	// writing guards output and headers: the reader answers SETTINGS and PING while the sender sends.
	writing sync.Mutex
	output  *bufio.Writer
	headers headerBlocks
	message []byte
	framer  *http2.Framer
	decoder *hpack.Decoder
	// What the header blocks of the stream being read said; reset at each block.
	httpStatus, grpcStatus, grpcMessage string
	nextStreamID                        uint32
}

// dial connects, sends the client preface and waits for the server's SETTINGS, as grpc-go's client does before its
// first call.
func dial(address string, call call) (*connection, error) {
	socket, err := net.DialTimeout("tcp", address, answerTimeout)
	if err != nil {
		return nil, err
	}
	if err := socket.SetReadDeadline(time.Now().Add(answerTimeout)); err != nil {
		return nil, err
	}
	c := &connection{
		socket:       socket,
		input:        bufio.NewReaderSize(socket, 32<<10),
		output:       bufio.NewWriterSize(socket, 32<<10),
		headers:      newHeaderBlocks(address, call.path),
		message:      call.message,
		nextStreamID: 1,
	}
	c.framer = http2.NewFramer(c.output, c.input)
	c.framer.SetReuseFrames()
	c.decoder = hpack.NewDecoder(4096, c.noteHeader)
	if err := c.open(); err != nil {
		socket.Close()
		return nil, err
	}
	return c, nil
}

func (c *connection) open() error {
	if _, err := c.output.WriteString(http2.ClientPreface); err != nil {
		return err
	}
	if err := c.framer.WriteSettings(); err != nil {
		return err
	}
	if err := c.framer.WriteWindowUpdate(0, connectionWindowBytes); err != nil {
		return err
	}
	if err := c.output.Flush(); err != nil {
		return err
	}
	frame, err := c.framer.ReadFrame()
	if err != nil {
		return fmt.Errorf("no SETTINGS from the server: %w", err)
	}
	if _, ok := frame.(*http2.SettingsFrame); !ok {
		return fmt.Errorf("the server's first frame is %v, not SETTINGS", frame.Header().Type)
	}
	return c.framer.WriteSettingsAck()
}

// request writes one whole call into the output buffer and returns its stream; flush sends it.
func (c *connection) request() (uint32, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	streamID := c.nextStreamID
	c.nextStreamID += 2
	err := c.framer.WriteHeaders(http2.HeadersFrameParam{
		StreamID: streamID, BlockFragment: c.headers.next(), EndHeaders: true,
	})
	if err != nil {
		return 0, err
	}
	return streamID, c.framer.WriteData(streamID, true, c.message)
}

func (c *connection) flush() error {
	c.writing.Lock()
	defer c.writing.Unlock()
	return c.output.Flush()
}

// reply writes an answer that concerns the connection alone, and sends it.
func (c *connection) reply(write func() error) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	if err := write(); err != nil {
		return err
	}
	return c.output.Flush()
}

// event is one thing that the server said on a stream.
type event struct {
	streamID uint32
	// status is the serving status of a message, noMessage where this frame carries none.
	status int
	ended  bool
}

const noMessage = -1

// read returns the next event; frames that concern the connection alone are answered on the way. Before it has to wait
// for the server it sends what has been written: one write for all answers that came in one read, as a client under
// load does.
func (c *connection) read() (event, error) {
	for {
		if c.input.Buffered() == 0 {
			if err := c.flush(); err != nil {
				return event{}, err
			}
		}
		frame, err := c.framer.ReadFrame()
		if err != nil {
			return event{}, err
		}
		switch frame := frame.(type) {
		case *http2.DataFrame:
			status, err := servingStatus(frame.Data())
			return event{frame.StreamID, status, frame.StreamEnded()}, err
		case *http2.HeadersFrame:
			if err := c.readHeaders(frame); err != nil {
				return event{}, err
			}
			if frame.StreamEnded() {
				return event{frame.StreamID, noMessage, true}, c.checkStatus()
			}
		case *http2.SettingsFrame:
			if !frame.IsAck() {
				err = c.reply(c.framer.WriteSettingsAck)
			}
		case *http2.PingFrame:
			if !frame.IsAck() {
				err = c.reply(func() error { return c.framer.WritePing(true, frame.Data) })
			}
		case *http2.RSTStreamFrame:
			err = fmt.Errorf("the server reset stream %d: %v", frame.StreamID, frame.ErrCode)
		case *http2.GoAwayFrame:
			err = fmt.Errorf("the server sent GOAWAY: %v", frame.ErrCode)
		}
		if err != nil {
			return event{}, err
		}
	}
}

func (c *connection) readHeaders(frame *http2.HeadersFrame) error {
	c.httpStatus, c.grpcStatus, c.grpcMessage = "", "", ""
	if !frame.HeadersEnded() {
		return fmt.Errorf("a header block of the server goes on in CONTINUATION, which no health server needs")
	}
	_, err := c.decoder.Write(frame.HeaderBlockFragment())
	return err
}

func (c *connection) noteHeader(field hpack.HeaderField) {
	switch field.Name {
	case ":status":
		c.httpStatus = field.Value
	case "grpc-status":
		c.grpcStatus = field.Value
	case "grpc-message":
		c.grpcMessage = field.Value
	}
}

func (c *connection) checkStatus() error {
	if c.grpcStatus == "0" {
		return nil
	}
	return fmt.Errorf("grpc-status %q, HTTP status %q: %s", c.grpcStatus, c.httpStatus, c.grpcMessage)
}

// servingStatus reads a HealthCheckResponse that came whole in one DATA frame, as every server here sends it.
func servingStatus(data []byte) (int, error) {
	switch {
	case len(data) == 0:
		return noMessage, nil
	case bytes.Equal(data, []byte{0, 0, 0, 0, 0}):
		return 0, nil
	case len(data) == 7 && bytes.Equal(data[:6], []byte{0, 0, 0, 0, 2, 8}):
		return int(data[6]), nil
	default:
		return noMessage, fmt.Errorf("%d bytes that are no health response: % x", len(data), data)
	}
}

// headerBlocks is the request's header block: literal the first time, all indexed afterwards, as real clients send it.
type headerBlocks struct {
	first, later []byte
	sentFirst    bool
}

func newHeaderBlocks(authority, path string) headerBlocks {
	var buffer bytes.Buffer
	encoder := hpack.NewEncoder(&buffer)
	encode := func() []byte {
		buffer.Reset()
		for _, field := range []hpack.HeaderField{
			{Name: ":method", Value: "POST"},
			{Name: ":scheme", Value: "http"},
			{Name: ":path", Value: path},
			{Name: ":authority", Value: authority},
			{Name: "content-type", Value: "application/grpc"},
			{Name: "user-agent", Value: "kube-probe/1.34"},
			{Name: "te", Value: "trailers"},
		} {
			// A bytes.Buffer never refuses a write.
			_ = encoder.WriteField(field)
		}
		return bytes.Clone(buffer.Bytes())
	}
	return headerBlocks{first: encode(), later: encode()}
}

func (h *headerBlocks) next() []byte {
	if h.sentFirst {
		return h.later
	}
	h.sentFirst = true
	return h.first
}

func (c *connection) close() {
	// An error here tells nothing: the answer has already come.
	_ = c.socket.Close()
}
