"""Links: buffers, serialisation, lanes between boards, and the inputs they lead to."""
