#!/bin/sh
# clip.sh OUT SECONDS [ffmpeg output options...]
#
# Draws a test film from synthetic sources only; the options choose codecs, key
# frames, streams (-an, -vn) and the container. Every frame says what it is:
#
#   - its time as text, for people;
#   - its number as a strip of 20 blocks along the bottom edge, for programs:
#     white, black, 16 bits of the frame number (most significant first, white
#     is 1), a bit that makes the count of white bits even, white;
#   - a white square beside the time during the first 80 ms of each second, with
#     a 1 kHz beep. A soft wavering tone keeps every audio packet distinct.
#
# Environment: CLIP_SIZE (640x360; the width should be a multiple of 20),
# CLIP_RATE (25 frames a second).
set -eu

out=$1
seconds=$2
shift 2
size=${CLIP_SIZE:-640x360}
rate=${CLIP_RATE:-25}
width=${size%x*}
height=${size#*x}
strip=$((height * 4 / 45 / 2 * 2))

# The strip is drawn one pixel a block and enlarged: geq evaluates its
# expressions for each pixel, far too slow for whole frames.
white_bits=0
for bit in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
	white_bits="$white_bits+gt(bitand(N,$((1 << bit))),0)"
done
block="if(eq(X,0)+eq(X,19),1,if(eq(X,1),0,if(eq(X,18),mod($white_bits,2),gt(bitand(N,pow(2,17-X)),0))))"

video="gradients=s=$size:r=$rate:d=$seconds:c0=0x16213e:c1=0x0f5e7d:c2=0x3b1e54:n=3:speed=0.004:seed=7,format=yuv420p,
drawbox=x=iw*0.47:y=ih*0.12:w=iw*0.06:h=iw*0.06:color=white:t=fill:enable='lt(mod(t,1),0.08)',
drawtext=font=monospace:text='%{pts\\:hms}':fontcolor=white:fontsize=h/6:x=(w-text_w)/2:y=h*0.36,
drawtext=font=monospace:text='frame %{n}':fontcolor=white@0.75:fontsize=h/15:x=(w-text_w)/2:y=h*0.60[film];
color=c=white@0.8:s=$((width / 80 * 2))x$((width / 80 * 2)):r=$rate:d=$seconds,format=yuva420p[dot];
[film][dot]overlay=x='(W-w)*mod(t,10)/10':y='H*0.75+H*0.06*sin(PI*t)':shortest=1:format=yuv420[moving];
color=c=black:s=20x1:r=$rate:d=$seconds,format=yuv444p,geq=lum='16+219*$block':cb=128:cr=128,
scale=$width:$strip:flags=neighbor,format=yuv420p[code];
[moving][code]overlay=x=0:y=H-h:shortest=1:format=yuv420,setsar=1"

tone="0.04*sin(2*PI*330*t+40*sin(0.9*t))"
beep="0.4*sin(2*PI*1000*t)*lt(mod(t,1),0.08)"
audio="aevalsrc=exprs='$tone+$beep|$tone+$beep':s=48000:c=stereo:d=$seconds"

# A reader never sees half a film: it gets its name when it is whole.
unfinished=$(dirname "$out")/unfinished.$$.$(basename "$out")
trap 'rm -f "$unfinished"' EXIT
ffmpeg -hide_banner -loglevel error -nostdin -y \
	-f lavfi -i "$video" -f lavfi -i "$audio" \
	-pix_fmt yuv420p -t "$seconds" "$@" "$unfinished"
mv "$unfinished" "$out"
